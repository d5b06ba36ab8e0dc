/** Commands for a person to type, and advice that contains them. Every value in a command is quoted. */
import { escaped, shellWord } from "./text.ts";

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

/** A value as a word of a command. Control characters are escaped, because hints are shown line by line. */
export const quoted = (value: string): string => shellWord(escaped(value));

/** Several of them. */
export const allQuoted = (values: readonly string[]): string => values.map(quoted).join(" ");

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
  let words: readonly Word[] = [];
  for (const word of ours.reduce((text, next, at) => text + marker(at - 1) + next).split(/ +/)) {
    const value = values.find((_, at) => marker(at) === word);
    if (typeof value === "object") words = [...words, ...("words" in value ? [value] : value.map(quoted))];
    else if (word !== "") {
      const filled = word.replace(marked, (_, at: string) => quoted(String(values[Number(at)])));
      words = word.startsWith("\0") && /^'?-/.test(filled) ? withValue(words, filled) : [...words, filled];
    }
  }
  return new Command(words);
}

/** The words, and a value that begins with `-`, which stays with the flag before it. */
function withValue(words: readonly Word[], value: string): readonly Word[] {
  const flag = String(words.at(-1));
  if (/^-\w$/.test(flag)) return [...words, value];
  return /^--[^=]+$/.test(flag) ? [...words.slice(0, -1), `${flag}=${value}`] : [...words, placeholder];
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
