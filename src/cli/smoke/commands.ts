/** Our commands as steps of a smoke test: each runs in this process, as if it was typed with `--json`. */
import type { CredentialProvider } from "../../core/aws/call.ts";
import { EksLambdaError, restated } from "../../core/errors.ts";
import { adviceOf } from "../../core/function-hints.ts";
import type { Flags, FlagsOf } from "../flag-table.ts";
import { repeating } from "../hints.ts";
import { Text } from "../render/text.ts";
import type { Runner } from "../runner.ts";

export type Commands = ReturnType<typeof commandsWith>;

/** With the credentials of the test, so that a person gives an MFA code once. Ctrl-C is about the test, not about a step. */
export function commandsWith(credentials: CredentialProvider | undefined) {
  /** All that the command prints. Hints of its error name what the command was for. */
  async function resultsOf<T>(flags: Flags, command: (by: Runner) => Promise<void>): Promise<readonly T[]> {
    const results: string[] = [];
    const print: Runner["print"] = (result) => void results.push(Text.of(result).shown);
    await command({ print, onInterrupt: () => {}, credentials }).catch((error: unknown) => {
      const hint = error instanceof EksLambdaError ? adviceOf(error) : undefined;
      throw hint === undefined
        ? error
        : restated(error as EksLambdaError, (error as Error).message, { hint: repeating(flags, hint) });
    });
    // Steps look into the result, and the smoke test has an exit code of its own.
    process.exitCode = undefined;
    return results.map((one): T => JSON.parse(one));
  }
  /** The last that the command prints. */
  const resultOf = async <T>(flags: Flags, command: (by: Runner) => Promise<void>): Promise<T> =>
    (await resultsOf<T>(flags, command)).at(-1) ?? ({} as T);
  // Loaded on demand, so that the build leaves each command in one file.
  return {
    setup: <T>(flags: FlagsOf<"setup">) =>
      resultOf<T>(flags, async (by) => (await import("../commands/setup.ts")).setup(flags, by)),
    doctor: <T>(flags: FlagsOf<"doctor">) =>
      resultOf<T>(flags, async (by) => (await import("../commands/doctor.ts")).doctor(flags, by)),
    invoke: <T>(words: readonly string[], flags: FlagsOf<"invoke">) =>
      resultOf<T>(flags, async (by) => (await import("../commands/invoke.ts")).invoke(words, flags, by)),
    logs: (flags: FlagsOf<"logs">) =>
      resultsOf<{ readonly message: string }>(flags, async (by) =>
        (await import("../commands/logs.ts")).logs(flags, by),
      ),
    grant: <T>(flags: FlagsOf<"grant">) =>
      resultOf<T>(flags, async (by) => (await import("../commands/grant.ts")).grant(flags, by)),
    revoke: <T>(flags: FlagsOf<"revoke">) =>
      resultOf<T>(flags, async (by) => (await import("../commands/revoke.ts")).revoke(flags, by)),
    teardown: <T>(flags: FlagsOf<"teardown">) =>
      resultOf<T>(flags, async (by) => (await import("../commands/teardown.ts")).teardown(flags, by)),
  };
}
