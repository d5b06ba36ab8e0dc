/** Commands for a person to type, and advice that contains them. Every value in a command is quoted. */
import { escaped } from "./escaped.ts";
import { shellWord } from "./shell-word.ts";

/** A word as a shell reads it, or a command whose output is the word. */
type Word = string | Command;

export class Command {
  readonly words: readonly Word[];

  constructor(words: readonly Word[]) {
    this.words = words;
  }

  toString(): string {
    return this.words.map((word) => (typeof word === "string" ? word : `$(${word})`)).join(" ");
  }

  toJSON(): string {
    return this.toString();
  }
}

/** A list is several words. A command is written as `$(…)`. */
export type Value = string | number | Command | readonly string[];

/** Values as words of a command. Control characters are escaped, because hints are shown line by line. */
export const quoted = (...values: readonly string[]): string => values.map(escaped).map(shellWord).join(" ");

/** In place of a name that a program would read as a flag. */
const placeholder = "NAME";

/** Stands for the value in a template's text. */
const marker = (at: number): string => `\0${at}\0`;
const marked = /\0(\d+)\0/g;

/**
 * Template tag: `` command`kubectl delete role/${name} --namespace ${namespace}` ``. Quotes each value. A value that begins
 * with `-` stays the value of the flag before it, and never becomes a flag.
 */
export function command(ours: TemplateStringsArray, ...values: readonly Value[]): Command {
  const words: Word[] = [];
  for (const word of ours.reduce((text, next, at) => text + marker(at - 1) + next).split(/ +/)) {
    const value = values.find((_, at) => marker(at) === word);
    if (typeof value === "object") words.push(...("words" in value ? [value] : value.map((one) => quoted(one))));
    else if (word !== "") {
      const filled = word.replace(marked, (_, at) => quoted(String(values[at])));
      words.push(...(word.startsWith("\0") && /^'?-/.test(filled) ? asValue(filled, words) : [filled]));
    }
  }
  return new Command(words);
}

/** Words for a value that begins with `-`. Takes the flag before it from `words`. */
function asValue(value: string, words: Word[]): readonly Word[] {
  const flag = String(words.at(-1));
  if (/^-\w$/.test(flag)) return [value];
  return /^--[^=]+$/.test(flag) ? [`${words.pop()}=${value}`] : [placeholder];
}

/** A flag and its value as words for `command`; none without a value. */
export const option = (flag: string, value: string | undefined): readonly string[] =>
  value === undefined ? [] : value.startsWith("-") ? [`${flag}=${value}`] : [flag, value];

/** Text with commands in it. Only our own text has line breaks. */
export class Advice {
  readonly parts: readonly (string | Command)[];

  constructor(parts: readonly (string | Command)[]) {
    this.parts = parts;
  }

  toString(): string {
    return this.parts.join("");
  }

  toJSON(): string {
    return this.toString();
  }
}

/** A hint or a warning. A string has no commands that need flags, and is one line. */
export type Hint = string | Command | Advice;

export function partsOf(hint: Hint): readonly (string | Command)[] {
  if (typeof hint === "string") return [escaped(hint)];
  // Not `instanceof`: the CLI's chunks can have classes of their own.
  return "words" in hint ? [hint] : hint.parts;
}

/** Template tag: `` advice`delete it: ${command`…`}` ``. */
export const advice = (ours: TemplateStringsArray, ...values: readonly (Hint | number)[]): Advice =>
  new Advice(
    ours.flatMap((text, at) => {
      const value = values[at];
      return value === undefined ? [text] : [text, ...partsOf(typeof value === "number" ? String(value) : value)];
    }),
  );

/** A line for each, and each once. `undefined` without any. */
export function adviceLines(all: readonly (Hint | undefined)[]): Advice | undefined {
  const lines = new Map(all.flatMap((hint) => (hint ? [[String(hint), partsOf(hint)] as const] : [])));
  if (lines.size === 0) return undefined;
  return new Advice([...lines.values()].flatMap((parts, at) => (at > 0 ? ["\n", ...parts] : parts)));
}
