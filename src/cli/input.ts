/** What a flag takes besides a value of its own: `-` for standard input, `@file` for a file. */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { usageError } from "../core/errors.ts";

/** `undefined`: the value is neither. Throws `code` where the file of `what` (`the event`) cannot be read. */
export async function readInput(value: string, code: string, what: string): Promise<string | undefined> {
  if (value === "-") return text(process.stdin);
  if (!value.startsWith("@")) return undefined;
  try {
    return await readFile(value.slice(1), "utf8");
  } catch (error) {
    throw usageError(code, `${what}'s file cannot be read: ${(error as Error).message}`);
  }
}
