/** The hints of the function, which reach the CLI as text. */
import { Advice, Command } from "../core/command.ts";
import { escaped } from "../core/escaped.ts";
import * as hints from "../core/kube/hints.ts";

const carried: ReadonlySet<string> = new Set(Object.values(hints));

/** A word as `shellWord` writes it. */
const word = /(?:[\w@%+=:,./-]|'[^'\n]*'|\\['\\])+/g;
/** One command of ours from its first word to its last. */
const whole = new RegExp(`^eks-lambda setup(?: --stack [\\w-]+)? --allow[a-z-]*(?: ${word.source})+$`);

const commandOf = (text: string): Command => new Command(text.match(word) ?? []);

/** Knows the commands in hints that are ours by their whole text: the text of others may contain anything. */
export function partsOfCarried(text: string): Advice["parts"] {
  if (whole.test(text)) return [commandOf(text)];
  if (!carried.has(text)) return [text];
  return text.split("`").flatMap((one, at) => (at % 2 === 0 ? [one] : ["`", commandOf(one), "`"]));
}

/** The hint with other words in its commands. */
export const withWords = (hint: string, change: (word: string, before: string) => string): Advice =>
  new Advice(
    partsOfCarried(escaped(hint)).map((part) =>
      typeof part === "string"
        ? part
        : new Command(part.words.map((one, at) => change(String(one), String(part.words[at - 1])))),
    ),
  );
