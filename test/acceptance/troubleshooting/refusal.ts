/** One way in which things go wrong: made for real, told in the documentation. */
import type { RunOptions } from "../support/run.ts";
import type { World } from "../support/world.ts";

export interface Refusal {
  /** The heading under which it stands, and the error's code. */
  readonly code: string;
  /** Completes the sentence "this is what you see when …". */
  readonly when: string;
  /** Breaks something, and returns what the command is run with besides. */
  readonly given?: (world: World) => Promise<RunOptions["env"] | undefined>;
  readonly command: (names: World["names"]) => string;
  readonly stdin?: (world: World) => Promise<string>;
  readonly why: string;
  /** What mends it, beyond the hint. */
  readonly mend: string;
  /** The first link that doctor finds broken, and its code; `sound`: none is, for the cause is in the command itself. */
  readonly doctor: string;
  /** Takes out of the output what differs from one machine to the next. */
  readonly tidy?: (text: string) => string;
}
