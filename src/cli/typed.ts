/** Flags as typed, for what is shown where a command has not parsed them yet. */

/** True if one of these flags was typed. Ignores what follows `--`, which belongs to another command. */
export function isTyped(...names: readonly string[]): boolean {
  const typed = process.argv.slice(2);
  const own = typed.slice(0, typed.includes("--") ? typed.indexOf("--") : undefined);
  return own.some((arg) => names.includes(arg));
}
