/** Doctor's findings, as `--json` prints them. */
import type { Outcome } from "./run.ts";

export interface Finding {
  readonly link: string;
  readonly status: string;
  readonly message: string;
  readonly rights?: readonly string[];
  readonly code?: string;
  readonly hint?: string;
}

/** Returns an empty list if doctor printed an error instead. */
export const findingsIn = ({ stdout }: Pick<Outcome, "stdout">): readonly Finding[] =>
  stdout ? JSON.parse(stdout).findings : [];
