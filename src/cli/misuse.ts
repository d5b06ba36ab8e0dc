/** Wrong usage, found before a command is loaded. Its chunk has no `UsageError` that others know. */
import type { Code } from "../core/codes.ts";
import type { Hint } from "../core/command.ts";

/** main.ts shows it like every other error, with exit code 2. */
export class Misuse extends Error {
  readonly code: MisuseCode;
  readonly hint: Hint;

  constructor(code: MisuseCode, message: string, hint: Hint) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

export type MisuseCode = Extract<
  Code,
  "FlagWithoutEffect" | "InvalidFlag" | "UnexpectedArgument" | "UnknownCommand" | "UnknownFlag"
>;
