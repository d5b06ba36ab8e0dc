/** Runs commands of ours in this process, each as if it was typed with `--json`. */
import { EksLambdaError, restated } from "../../core/errors.ts";
import { adviceOf } from "../../core/function-hints.ts";
import type { Flags, FlagsOf } from "../flag-table.ts";
import { repeating } from "../hints.ts";
import { printedBy } from "../render/text.ts";

/** The last of the command's results, and how many there are. Hints of its error name what the command was for. */
async function resultOf<T>(flags: Flags, command: () => Promise<void>): Promise<T & { readonly count: number }> {
  const printed = await printedBy(command).catch((error: unknown) => {
    const hint = error instanceof EksLambdaError ? adviceOf(error) : undefined;
    throw hint === undefined
      ? error
      : restated(error as EksLambdaError, (error as Error).message, { hint: repeating(flags, hint) });
  });
  const lines = printed.split("\n").filter(Boolean);
  // Steps look into the result, and the smoke test has an exit code of its own.
  process.exitCode = undefined;
  return { ...JSON.parse(lines.at(-1) ?? "{}"), count: lines.length };
}

// Loaded on demand, so that the build leaves each command in one file.
export const setup = <T>(flags: FlagsOf<"setup">) =>
  resultOf<T>(flags, async () => (await import("../commands/setup.ts")).setup(flags));
export const doctor = <T>(flags: FlagsOf<"doctor">) =>
  resultOf<T>(flags, async () => (await import("../commands/doctor.ts")).doctor(flags));
export const invoke = <T>(words: readonly string[], flags: FlagsOf<"invoke">) =>
  resultOf<T>(flags, async () => (await import("../commands/invoke.ts")).invoke(words, flags));
export const logs = <T>(flags: FlagsOf<"logs">) =>
  resultOf<T>(flags, async () => (await import("../commands/logs.ts")).logs(flags));
export const grant = <T>(flags: FlagsOf<"grant">) =>
  resultOf<T>(flags, async () => (await import("../commands/grant.ts")).grant(flags));
export const revoke = <T>(flags: FlagsOf<"revoke">) =>
  resultOf<T>(flags, async () => (await import("../commands/revoke.ts")).revoke(flags));
export const teardown = <T>(flags: FlagsOf<"teardown">) =>
  resultOf<T>(flags, async () => (await import("../commands/teardown.ts")).teardown(flags));
