/**
 * All that the command writes. Names, errors and texts of aws-auth, of a cluster, of AWS or of a function may hold
 * escape sequences, with which a terminal would rewrite our own lines. So a person is shown `Text` alone, and a string
 * becomes one by being escaped, here.
 */

/** Control characters but the tab, and those that change the direction of text or end a line. */
const unsafe = /(?!\t)\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

const escaped = (text: string): string =>
  text.replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

export class Text {
  readonly shown: string;

  private constructor(shown: string) {
    this.shown = shown;
  }

  static of(value: Shown): Text {
    return value instanceof Text ? value : new Text(escaped(String(value)));
  }

  static join(values: readonly Shown[], separator: string): Text {
    return new Text(values.map((value) => Text.of(value).shown).join(separator));
  }

  static template(ours: TemplateStringsArray, ...values: readonly Shown[]): Text {
    return new Text(String.raw({ raw: ours }, ...values.map((value) => Text.of(value).shown)));
  }

  /** `style` adds escape sequences of its own to what is safe by now. */
  styled(style: (shown: string) => string): Text {
    return new Text(style(this.shown));
  }
}

/** A string is from outside, until it was escaped. */
export type Shown = Text | string | number;

/** Template tag: what stands in the template is ours, and each value put in is escaped. */
export const text = Text.template;

export const lines = (all: readonly Shown[]): Text => Text.join(all, "\n");

/** A string of several lines, each escaped. */
export const linesOf = (string: string): readonly Text[] => string.split(/\r?\n/).map(Text.of);

/** Writes what a person is told on the way: on stderr. */
export const tell = (line: Shown): void => void process.stderr.write(`${Text.of(line).shown}\n`);

/** Writes a result: on stdout. */
export const print = (result: Shown): void => void process.stdout.write(`${Text.of(result).shown}\n`);

/** Writes a result as data. JSON escapes the first 32 characters itself. */
export const printJson = (result: unknown): void =>
  void process.stdout.write(`${escaped(JSON.stringify(result) ?? "null")}\n`);
