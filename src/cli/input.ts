/** Flags whose value can come from standard input (`-`) or a file (`@file`). */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Code } from "../core/codes.ts";
import { usageError } from "../core/errors.ts";

/** `undefined` if the value is neither. Throws `code` if the file of `what` (`the event`) cannot be read. */
export async function readInput(value: string, code: Code, what: string): Promise<string | undefined> {
  if (value === "-") return text(process.stdin);
  if (!value.startsWith("@")) return undefined;
  try {
    return await readFile(value.slice(1), "utf8");
  } catch (error) {
    throw usageError(code, `${what}'s file cannot be read: ${(error as Error).message}`);
  }
}
