/** Types of the results of a run. */
import type { CdkResults } from "../cdk/index.ts";
import type { CliResults } from "../cli/index.ts";
import type { HandlerResults } from "../handler/index.ts";
import type { LoadRow } from "../load/index.ts";
import type { SandboxResults } from "../sandbox/index.ts";
import type { ScaleResults } from "../scale/index.ts";
import type { Machine } from "../support/machine.ts";
import type { TasksResults } from "../tasks/index.ts";

export interface Parts {
  readonly handler: HandlerResults;
  readonly load: readonly LoadRow[];
  readonly cli: CliResults;
  readonly sandbox: SandboxResults;
  readonly scale: ScaleResults;
  readonly tasks: TasksResults;
  readonly cdk: CdkResults;
}

export interface Results extends Partial<Parts> {
  readonly date: string;
  readonly commit: string;
  readonly machine: Machine;
}
