/** How a dry run ends. */
import type { Planned } from "../core/plan.ts";
import type { Flags } from "./flag-table.ts";

/** With `--detailed-exitcode`, sets the exit code of Terraform's plan: 2 if there are changes. main.ts turns errors into 1. */
export function setExitCode({ detailedExitcode }: Flags, planned: readonly Planned[]): void {
  if (detailedExitcode && planned.some(({ apply }) => apply)) process.exitCode = 2;
}
