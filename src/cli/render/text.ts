/**
 * Everything that the command writes. Names, errors and texts from AWS, a cluster or a function can contain escape
 * sequences that rewrite the terminal. So only `Text` is shown, and a string becomes `Text` by being escaped here.
 */
import type { Advice, Command } from "../../core/command.ts";
import { escaped } from "../../core/text.ts";

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
    return new Text(ours.map((part, at) => (at === 0 ? part : Text.of(values[at - 1] ?? "").shown + part)).join(""));
  }

  /** `style` adds escape sequences to text that is already escaped. */
  styled(style: (shown: string) => string): Text {
    return new Text(style(this.shown));
  }
}

/** All but `Text` is escaped before it is shown. */
export type Shown = Text | Advice | Command | string | number;

/** Template tag. Escapes each value, but not the template itself. */
export const text = Text.template;

export const lines = (all: readonly Shown[]): Text => Text.join(all, "\n");

/** A string of several lines, each escaped. */
export const linesOf = (string: string): readonly Text[] => string.split(/\r?\n/).map(Text.of);

/** Writes status and messages to stderr. */
export const tell = (line: Shown): void => void process.stderr.write(`${Text.of(line).shown}\n`);

/** Writes a result to stdout. */
export const print = (result: Shown): void => void process.stdout.write(`${Text.of(result).shown}\n`);

/** JSON escapes only the first 32 control characters itself. */
export const jsonOf = (value: unknown): Text => Text.of(JSON.stringify(value) ?? "null");

/** Writes a result as JSON, to stdout. */
export const printJson = (result: unknown, to: (result: Shown) => void = print): void => to(jsonOf(result));
