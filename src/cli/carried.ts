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
export function carriedAdvice(hint: string): Advice {
  if (whole.test(hint)) return new Advice([commandOf(hint)]);
  if (!carried.has(hint)) return new Advice([escaped(hint)]);
  return new Advice(hint.split("`").flatMap((text, at) => (at % 2 === 0 ? [text] : ["`", commandOf(text), "`"])));
}

/** Changes words of the commands. */
export const withWords = ({ parts }: Advice, change: (word: string, before: string) => string): Advice =>
  new Advice(
    parts.map((part) =>
      part instanceof Command
        ? new Command(part.words.map((one, at) => change(String(one), String(part.words[at - 1]))))
        : part,
    ),
  );
