/** A case of the API server, as data. */
import type { Answer, Case } from "./case.ts";
import { pick } from "./case.ts";
import { until } from "./people.ts";
import { type KubeAnswer, prepare, type Side } from "./side.ts";

/** An API server's answer. */
export type Json = ReturnType<typeof JSON.parse>;

interface Current {
  readonly uid: string;
  readonly resourceVersion: string;
}

export interface KubeCase {
  readonly name: string;
  /** The caller. Default: the administrator. */
  readonly as?: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** Makes the body from the current object at the path `of`, or at the request's path. */
  readonly bodyOf?: (current: Current) => unknown;
  readonly of?: string;
  readonly contentType?: string;
  readonly accept?: string;
  /** Fields of a successful answer to compare. */
  readonly shows?: string | readonly string[];
  /** Compares the warnings, too. */
  readonly warns?: true;
  /** Repeats the request until the answer matches, because controllers take time. */
  readonly until?: (body: Json) => boolean;
  readonly known?: string;
}

export function kubeCase(given: KubeCase): Case {
  const { name, as = "administrator", method, path, contentType, accept, known, shows } = given;
  const how = `${contentType ? ` as \`${contentType}\`` : ""}${accept ? `, accepting \`${accept}\`` : ""}`;
  return {
    name,
    request: `\`${method} ${path}\`${how}${as === "administrator" ? "" : ` by ${as}`}`,
    known,
    async ask(side) {
      const body = given.bodyOf?.(await currentOf(side, given.of ?? path)) ?? given.body;
      const authorization = `Bearer ${await side.token(as)}`;
      const headers = accept ? { accept } : {};
      const ask = () => side.kube({ method, path, body, contentType, authorization, headers });
      let answer = await ask();
      if (given.until)
        await until(`${name} is as it should be`, async () => {
          answer = await ask();
          return answer.status < 400 && Boolean(given.until?.(answer.body));
        });
      const told = answerOf(answer, shows);
      return given.warns ? { ...told, message: [told.message, answer.warning].filter(Boolean).join("; ") } : told;
    },
  };
}

export type Ask = (
  ...asked: readonly [method: string, path: string, body?: unknown, contentType?: string, accept?: string]
) => Promise<KubeAnswer>;
interface Story {
  readonly name: string;
  /** A short description for the page. */
  readonly request: string;
  readonly as?: string;
  readonly known?: string;
  /** Sends several requests, and returns what to compare. */
  readonly tell: (ask: Ask, side: Side) => Promise<Answer>;
}

export const story = ({ name, request, as = "administrator", known, tell }: Story): Case => ({
  ...{ name, request, known },
  async ask(side) {
    const authorization = `Bearer ${await side.token(as)}`;
    const ask: Ask = (method, path, body, contentType, accept) =>
      side.kube({ method, path, body, contentType, authorization, ...(accept && { headers: { accept } }) });
    return tell(ask, side);
  },
});

export const kubeCases = (all: readonly KubeCase[]): readonly Case[] => all.map(kubeCase);

async function currentOf(side: Side, path: string): Promise<Current> {
  return ((await prepare(side, "GET", path)) as { metadata: Current }).metadata;
}

const picked = (body: unknown, shows: string | readonly string[]): string =>
  [shows]
    .flat()
    .map((path) => pick(body, path))
    .join("; ");

/** The message, or else the warnings, of the answer to a patch. Part of a refusal is the object as a whole. */
export function patchAnswerOf({ status, body, warning = "" }: KubeAnswer): Answer {
  const { reason = "", message = warning } = body as { readonly reason?: string; readonly message?: string };
  return { status, reason, message: message.replace(/Invalid value: "\{.*\}": /, "Invalid value: …: ") };
}

/** Reads Kubernetes' `Status` from an answer that is one. */
export function answerOf({ status, body }: KubeAnswer, shows?: string | readonly string[]): Answer {
  if (typeof body === "string") return { status, reason: "", message: body.trim() };
  const { kind, reason = "", message = "", details } = body as Partial<Answer> & { kind?: string };
  const told = { status, reason, message: status < 400 && shows ? picked(body, shows) : message };
  // The two backends have different uids.
  return kind === "Status" ? { ...told, details: details && { ...details, uid: undefined } } : told;
}
