/** A case: one request to both backends, and the part of their answers that is compared. */
import { normalised } from "./normalise.ts";
import type { Side } from "./side.ts";

export interface Answer {
  readonly status: number;
  /** Kubernetes' `reason` or AWS's error code. Empty for a success. */
  readonly reason: string;
  /** Kubernetes' or AWS's `message`; for a success, the part that the case selects. */
  readonly message: string;
  /** From Kubernetes' `Status`. */
  readonly details?: object | undefined;
}

export interface Case {
  readonly name: string;
  /** A short description for the page. */
  readonly request: string;
  ask(side: Side): Promise<Answer>;
  /** Why the answers may differ. */
  readonly known?: string | undefined;
}

/** Asks one backend. What differs in each run is replaced by a word. */
export async function normalisedAnswer(one: Case, side: Side): Promise<Answer> {
  const answer = await one.ask(side);
  return { ...answer, message: normalised(answer.message, side.backend) };
}

export interface Group {
  readonly title: string;
  readonly intro: string;
  /** Prepares the empty account and the new cluster. */
  prepare(side: Side): Promise<void>;
  readonly cases: readonly Case[];
}

/** The values under a dotted path, through lists: `items.metadata.name`. */
export function pick(value: unknown, path: string): string {
  const step = (values: readonly unknown[], key: string) =>
    values.flat().map((one) => (one as Readonly<Record<string, unknown>> | null | undefined)?.[key]);
  const found = path.split(".").reduce<readonly unknown[]>(step, [value]).flat();
  return `${path}: ${found.map((one) => (typeof one === "object" ? JSON.stringify(one) : String(one ?? ""))).join(", ")}`;
}
