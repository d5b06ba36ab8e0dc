/** How a dry run ends. */
import type { Planned } from "../core/plan.ts";

export interface DryRunFlags {
  readonly dryRun?: boolean;
  readonly detailedExitcode?: boolean;
}

/** With `--detailed-exitcode`, sets the exit code of Terraform's plan: 2 if there are changes. main.ts turns errors into 1. */
export function setExitCode({ detailedExitcode }: DryRunFlags, planned: readonly Planned[]): void {
  if (detailedExitcode && planned.some(({ apply }) => apply)) process.exitCode = 2;
}
