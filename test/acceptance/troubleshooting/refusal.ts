/** One way in which things go wrong: tests cause it for real, and the documentation describes it. */
import type { RunOptions } from "../support/run.ts";
import type { World } from "../support/world.ts";

export interface Refusal {
  /** The error's code, and the heading of its section. */
  readonly code: string;
  /** Completes the heading "When …". */
  readonly when: string;
  /** Breaks something, and returns additional environment variables for the command. */
  readonly given?: (world: World) => Promise<RunOptions["env"] | undefined>;
  readonly command: (names: World["names"]) => string;
  /** Where no command of ours tells it: what CloudFormation or Lambda does, which `command` shows. */
  readonly told?: (world: World) => Promise<string>;
  readonly stdin?: (world: World) => Promise<string>;
  readonly why: string;
  /** What to do, beyond the hint. */
  readonly fix: string;
  /** The first link that doctor finds broken, and its code; `sound` if none is, because the cause is in the command. */
  readonly doctor: string;
  /** Removes parts of the output that differ between machines. */
  readonly tidy?: (text: string) => string;
}
