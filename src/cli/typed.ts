/** The command as it was typed: for what is shown where it has not been parsed yet, and to show it with a correction. */
import { type Command, command } from "../core/command.ts";
import { anyFlag, tokens } from "./tokens.ts";

/** What was typed, without what follows `--`, which belongs to another command. */
function own(): readonly string[] {
  const typed = process.argv.slice(2);
  return typed.slice(0, typed.includes("--") ? typed.indexOf("--") : undefined);
}

/** True if one of these flags was typed. */
export const isTyped = (...names: readonly string[]): boolean => own().some((arg) => names.includes(arg));

/** True for `--detailed-exitcode` and misspellings of it: no error of theirs may end with the exit code for changes. */
export const isDetailed = (): boolean => own().some((arg) => /^--?detailed/.test(arg));

/** Their values can be secrets. */
const isPrivate = (arg: string): boolean => /^--(env|event|token)(=|$)/.test(arg);

/** The whole command, to be typed again. `undefined` if it has values that no message shows. */
export const whole = (words: readonly string[]): Command | undefined =>
  words.some(isPrivate) ? undefined : command`eks-lambda ${words}`;

/** The command as it was typed, with a word in place of another, or with more words at its end. */
export function retyped(
  { wrong, right = [], more = [], from = "start" }: Correction,
  typed: readonly string[] = own(),
): Command | undefined {
  const at = wrong === undefined ? -1 : placeOf(wrong, typed, from);
  if (wrong !== undefined && at < 0) return undefined;
  const words = at < 0 ? typed : [...typed.slice(0, at), ...right, ...typed.slice(at + 1)];
  return whole([...words, ...more]);
}

/** Where something was typed: as a word of the command if it was, not as the value of a flag. */
function placeOf(wrong: string, typed: readonly string[], from: "start" | "end"): number {
  let next = 0;
  const places = tokens(typed, anyFlag).flatMap(({ word, args }) => {
    const at = next;
    next += args.length;
    return word === wrong ? [at] : [];
  });
  return places.at(from === "start" ? 0 : -1) ?? typed.indexOf(wrong);
}

export interface Correction {
  readonly wrong?: string;
  /** Which word is meant, if several are the same. */
  readonly from?: "start" | "end";
  readonly right?: readonly string[];
  readonly more?: readonly string[];
}
