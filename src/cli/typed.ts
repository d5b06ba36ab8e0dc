/** Flags as typed, for what is shown where a command has not parsed them yet. */

/** Whether one of these flags was typed. After `--` stands a command of its own. */
export function isTyped(...names: readonly string[]): boolean {
  const typed = process.argv.slice(2);
  const own = typed.slice(0, typed.includes("--") ? typed.indexOf("--") : undefined);
  return own.some((arg) => names.includes(arg));
}
