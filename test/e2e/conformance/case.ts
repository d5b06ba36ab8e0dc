/** What a case is: one request, sent to both backends, and what is compared of their answers. */
import type { Side } from "./side.ts";

export interface Answer {
  readonly status: number;
  /** Kubernetes' `reason`, AWS's error code; empty when nothing failed. */
  readonly reason: string;
  /** Kubernetes' or AWS's `message`; of what succeeded, the part that the case asks for. */
  readonly message: string;
  /** Of Kubernetes' `Status`. */
  readonly details?: object | undefined;
}

export interface Case {
  readonly name: string;
  /** In a few words, for the page. */
  readonly request: string;
  ask(side: Side): Promise<Answer>;
  /** Why the answers differ, where that is right. */
  readonly known?: string | undefined;
}

export interface Group {
  readonly title: string;
  readonly intro: string;
  /** Fills the empty account and the new cluster. */
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
