/** Flags as typed, for what is shown where a command has not parsed them yet. */

/** What was typed, without what follows `--`, which belongs to another command. */
function own(): readonly string[] {
  const typed = process.argv.slice(2);
  return typed.slice(0, typed.includes("--") ? typed.indexOf("--") : undefined);
}

/** True if one of these flags was typed. */
export const isTyped = (...names: readonly string[]): boolean => own().some((arg) => names.includes(arg));

/** True for `--detailed-exitcode` and misspellings of it: no error of theirs may end with the exit code for changes. */
export const isDetailed = (): boolean => own().some((arg) => /^--?detailed/.test(arg));
