/**
 * Reads YAML like Go's `sigs.k8s.io/yaml`, which aws-iam-authenticator and kubectl use. Refuses texts that they refuse,
 * with line and column.
 */

import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isCollection,
  isScalar,
  type ParsedNode,
  Parser,
  type Tags,
  visit,
  type YAMLParseError,
} from "yaml";
import type { Code } from "./codes.ts";
import { advice, type Hint } from "./command.ts";
import { EksLambdaError } from "./errors.ts";

/** Describes a kind of text for error messages. */
export interface Source {
  /** The text's name: `mapRoles`, `kubeconfig`. */
  readonly what: string;
  readonly invalid: Code;
  readonly unsupported: Code;
  /** The fix for a refused text. */
  readonly remedy: Hint;
}

/** A text and its kind. */
export interface SourceText {
  readonly source: Source;
  readonly text: string;
}

export interface Located extends SourceText {
  readonly root: ParsedNode | null;
  readonly value: unknown;
  /** The document's end: its `...`, or the end of the text. */
  readonly end: number;
}

/** The error for a text that cannot be parsed or has the wrong content. */
export function invalid({ source, text }: SourceText, offset: number, reason: string): EksLambdaError {
  return new EksLambdaError(source.invalid, `${source.what}, ${position(text, offset)}: ${reason}`, {
    hint: advice`nothing was written; ${source.remedy}`,
  });
}

/** The error for a valid text that cannot be edited without changing more of it. */
export function unsupported({ source, text }: SourceText, offset: number, reason: string): EksLambdaError {
  return new EksLambdaError(
    source.unsupported,
    `${source.what}, ${position(text, offset)}: cannot be edited safely: ${reason}`,
    { hint: advice`nothing was written; ${source.remedy}` },
  );
}

/** Line and column of an offset, both from 1, as editors count. */
function position(text: string, offset: number): string {
  const before = text.slice(0, offset);
  return `line ${before.split("\n").length}, column ${offset - before.lastIndexOf("\n")}`;
}

// Characters that Go's parser refuses.
const CONTROL = /(?![\t\n\r\x85])\p{Cc}|[\ufffe\uffff]/u;
// YAML 1.1, which Go's parser reads, breaks lines at these; `yaml`, which reads 1.2, does not.
const OTHER_BREAK = /\r(?!\n)|[\x85\u2028\u2029]/;

/**
 * Configures `yaml` like Go's `sigs.k8s.io/yaml`: YAML 1.1 (`yes` is a boolean, `<<` merges), and the last of duplicate
 * keys wins. Also refuses what only Go refuses (keys that are not scalars, infinity), and texts that only `yaml` cannot
 * parse: these are never edited.
 */
export function locate(text: string, source: Source): Located {
  try {
    return read({ text, source });
  } catch (error) {
    if (error instanceof RangeError) throw invalid({ text, source }, 0, TOO_DEEP);
    throw error;
  }
}

// `yaml` calls itself for each level; Go refuses more than 10,000.
const TOO_DEEP = "too many levels of nesting";

/** The values of all documents of a text, as Go would read them. Throws like `locate`. */
export function documentsIn(text: string, source: Source): readonly unknown[] {
  const of = { text, source };
  try {
    const { docs } = parsed(of);
    for (const { errors } of docs) if (errors[0]) throw syntaxError(of, errors[0]);
    refuseTabs(docs, of);
    return docs.map((doc) => goValueOf(doc, of));
  } catch (error) {
    if (error instanceof RangeError) throw invalid(of, 0, TOO_DEEP);
    throw error;
  }
}

function parsed(of: SourceText) {
  const { text } = of;
  const control = CONTROL.exec(text);
  if (control) throw invalid(of, control.index, "a control character");
  const tokens: CST.Token[] = [...new Parser().parse(text)];
  const composer = new Composer<ParsedNode>({
    customTags: (tags) => tags.filter(isOfGo),
    keepSourceTokens: true,
    version: "1.1",
    merge: true,
    uniqueKeys: false,
    logLevel: "silent",
  });
  return { tokens, docs: [...composer.compose(tokens, true, text.length)] };
}

function goValueOf(doc: Document.Parsed, of: SourceText): unknown {
  refuseWhatGoRefuses(doc, of);
  return jsOf(doc, of);
}

function read(of: SourceText): Located {
  const { text } = of;
  const { tokens, docs } = parsed(of);
  const otherBreak = OTHER_BREAK.exec(text);
  if (otherBreak) throw unsupported(of, otherBreak.index, "a line ends in neither LF nor CRLF");
  const [doc, second] = docs;
  const error = doc?.errors[0];
  if (error) throw syntaxError(of, error);
  if (second) {
    const at = second.contents?.range[0] ?? second.range[0];
    throw unsupported(of, at, "a second document, which nothing reads");
  }
  if (!doc) return { ...of, root: null, value: null, end: text.length };

  refuseTabs([doc], of);
  const value = goValueOf(doc, of);
  const end = tokens.find((token) => token.type === "doc-end")?.offset ?? text.length;
  if (end < text.length && doc.contents?.range[0] === end && !/^---/m.test(text.slice(0, end)))
    throw invalid(of, end, "the end of a document that has not begun");
  return { ...of, root: doc.contents, value, end };
}

/** Go reads `2020-01-01` and `1:30` as strings. */
const isOfGo = (tag: Tags[number]): boolean =>
  typeof tag === "string" || !(tag.tag.endsWith(":timestamp") || ("format" in tag && tag.format === "TIME"));

function refuseWhatGoRefuses(doc: Document.Parsed, of: SourceText): void {
  visit(doc, {
    Pair(_, { key }) {
      const plain = isAlias(key) ? key.resolve(doc) : key;
      if (isScalar(plain) && ["string", "number", "boolean", "symbol"].includes(typeof plain.value)) return;
      // Usually caused by `username: {{SessionName}}` without quotes.
      throw invalid(of, startOf(key, doc), "a key that is not a plain word; text with {{…}} needs quotes");
    },
    Scalar(_, node) {
      if (typeof node.value === "number" && !Number.isFinite(node.value))
        throw invalid(of, startOf(node, doc), "not a finite number");
    },
  });
}

/** Usually caused by a tab for indentation, for which `yaml` reports something else. */
function syntaxError(of: SourceText, { pos, message }: YAMLParseError): EksLambdaError {
  if (message.startsWith("Maximum call stack")) return invalid(of, 0, TOO_DEEP);
  const [offset] = pos;
  const start = offset === 0 ? 0 : of.text.lastIndexOf("\n", offset - 1) + 1;
  const tab = /^ *(?=\t)/.exec(of.text.slice(start, offset))?.[0];
  return tab === undefined ? invalid(of, offset, lowerFirst(message)) : invalid(of, start + tab.length, TAB);
}

const TAB = "a tab, which may not indent";

/** Go allows tabs for indentation only inside brackets and block scalars; `yaml` also in empty and comment lines. */
function refuseTabs(docs: readonly Document.Parsed[], of: SourceText): void {
  const tabs = [...of.text.matchAll(/^ *\t/gm)].map(({ index, 0: found }) => index + found.length - 1);
  if (tabs.length === 0) return;
  const allowed: (readonly [number, number, number])[] = [];
  for (const doc of docs)
    visit(doc, {
      Collection(_, { flow, range }) {
        if (flow && range) allowed.push(range);
      },
      Scalar(_, { range }) {
        if (range) allowed.push(range);
      },
    });
  const refused = tabs.find((tab) => !allowed.some(([start, end]) => start <= tab && tab < end));
  if (refused !== undefined) throw invalid(of, refused, TAB);
}

function jsOf(doc: Document.Parsed, of: SourceText): unknown {
  try {
    const value: unknown = doc.toJS();
    JSON.stringify(value); // throws for a circle: an anchor inside itself, which Go refuses
    return value;
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw invalid(of, firstBadAlias(doc), lowerFirst(cause instanceof Error ? cause.message : String(cause)));
  }
}

function firstBadAlias(doc: Document.Parsed): number {
  const anchors = new Set<string>();
  let found: Alias | undefined;
  visit(doc, {
    Node(_, node) {
      if (isAlias(node)) {
        found ??= node;
        if (anchors.has(node.source)) return undefined;
        found = node;
        return visit.BREAK;
      }
      if (node.anchor) anchors.add(node.anchor);
      return undefined;
    },
  });
  return startOf(found, doc);
}

const startOf = (node: unknown, doc: Document.Parsed): number =>
  (isScalar(node) || isAlias(node) || isCollection(node) ? node.range?.[0] : undefined) ?? doc.range[0];

const lowerFirst = (message: string): string => message.charAt(0).toLowerCase() + message.slice(1);
