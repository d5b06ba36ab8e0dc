/** A case of the API server, as data. */
import type { Answer, Case } from "./case.ts";
import { pick } from "./case.ts";
import { type KubeAnswer, prepare, type Side } from "./side.ts";

interface Current {
  readonly uid: string;
  readonly resourceVersion: string;
}

export interface KubeCase {
  readonly name: string;
  /** Who asks; the administrator, if nobody else. */
  readonly as?: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** The body for the object at the path `of` as it is then; without `of`, at the request's own path. */
  readonly bodyOf?: (current: Current) => unknown;
  readonly of?: string;
  readonly contentType?: string;
  /** What to compare of an answer that succeeds. */
  readonly shows?: string;
  readonly known?: string;
}

export function kubeCase(given: KubeCase): Case {
  const { name, as = "administrator", method, path, contentType, known, shows } = given;
  const how = contentType ? ` as \`${contentType}\`` : "";
  return {
    name,
    request: `\`${method} ${path}\`${how}${as === "administrator" ? "" : ` by ${as}`}`,
    known,
    async ask(side) {
      const body = given.bodyOf?.(await currentOf(side, given.of ?? path)) ?? given.body;
      const authorization = `Bearer ${await side.token(as)}`;
      return answerOf(await side.kube({ method, path, body, contentType, authorization }), shows);
    },
  };
}

export const kubeCases = (all: readonly KubeCase[]): readonly Case[] => all.map(kubeCase);

async function currentOf(side: Side, path: string): Promise<Current> {
  return ((await prepare(side, "GET", path)) as { metadata: Current }).metadata;
}

/** Kubernetes' `Status` where it is one. */
export function answerOf({ status, body }: KubeAnswer, shows?: string): Answer {
  if (typeof body === "string") return { status, reason: "", message: body.trim() };
  const { kind, reason = "", message = "", details } = body as Partial<Answer> & { kind?: string };
  const told = { status, reason, message: status < 400 && shows ? pick(body, shows) : message };
  // An object's uid is its own.
  return kind === "Status" ? { ...told, details: details && { ...details, uid: undefined } } : told;
}
