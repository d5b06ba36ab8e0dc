/** Reads a text with `yaml`, strictly as the authenticator's parser would, and finds where its parts are. */
import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type ParsedNode,
  Parser,
  Scalar,
  visit,
  type YAMLParseError,
} from "yaml";
import { EksLambdaError } from "../../errors.ts";
import { lineStart, position } from "./splice.ts";

/** What is read, for messages, and the codes of the errors. */
export interface Source {
  /** What the text is, as people know it: `mapRoles`, `kubeconfig`. */
  readonly what: string;
  readonly invalid: string;
  readonly unsupported: string;
  /** What to do about a text that is refused. */
  readonly remedy: string;
}

export interface Located {
  readonly text: string;
  readonly source: Source;
  readonly root: ParsedNode | null;
  readonly value: unknown;
  /** Where the document ends: at its `...`, or where the text does. */
  readonly end: number;
}

/** The text cannot be parsed, or is not what it should be. */
export function invalid(source: Source, text: string, offset: number, reason: string): EksLambdaError {
  const { line, column } = position(text, offset);
  return new EksLambdaError(source.invalid, `${source.what}, line ${line}, column ${column}: ${reason}`, {
    hint: `nothing was written; ${source.remedy}`,
  });
}

/** The text is fine, but an edit of it that leaves the rest alone is not possible. */
export function unsupported(source: Source, text: string, offset: number, reason: string): EksLambdaError {
  const { line, column } = position(text, offset);
  return new EksLambdaError(
    source.unsupported,
    `${source.what}, line ${line}, column ${column}: cannot be edited safely: ${reason}`,
    { hint: `nothing was written; ${source.remedy}` },
  );
}

// What Go's parser refuses.
const CONTROL = /(?![\t\n\r\x85])\p{Cc}|[\ufffe\uffff]/u;
// YAML 1.1, which Go's parser reads, breaks lines at these; `yaml`, which reads 1.2, does not.
const OTHER_BREAK = /\r(?!\n)|[\x85\u2028\u2029]/;

/**
 * `yaml` is asked for YAML 1.1 (`yes` is a boolean, `<<` merges) with duplicate keys, the last of which wins: so reads
 * Go's `sigs.k8s.io/yaml`. What it refuses beyond that (keys that are no scalars, infinity) is refused here too.
 * A text that `yaml` alone cannot parse is refused, though Go might be more lenient: nothing is written then.
 */
export function locate(text: string, source: Source): Located {
  const control = CONTROL.exec(text);
  if (control) throw invalid(source, text, control.index, "a control character");
  const otherBreak = OTHER_BREAK.exec(text);
  if (otherBreak) throw unsupported(source, text, otherBreak.index, "a line ends in neither LF nor CRLF");

  const tokens: CST.Token[] = [...new Parser().parse(text)];
  const composer = new Composer<ParsedNode>({
    keepSourceTokens: true,
    version: "1.1",
    merge: true,
    uniqueKeys: false,
    logLevel: "silent",
  });
  const [doc, second] = [...composer.compose(tokens, true, text.length)];
  const error = doc?.errors[0];
  if (error) throw syntaxError(text, source, error);
  if (second) {
    const at = second.contents?.range[0] ?? second.range[0];
    throw unsupported(source, text, at, "a second document, which nothing reads");
  }
  if (!doc) return { text, source, root: null, value: null, end: text.length };

  refuseTabs(doc, text, source);
  refuseWhatGoRefuses(doc, text, source);
  const end = tokens.find((token) => token.type === "doc-end")?.offset ?? text.length;
  if (end < text.length && doc.contents?.range[0] === end && !/^---/m.test(text.slice(0, end)))
    throw invalid(source, text, end, "the end of a document that has not begun");
  return { text, source, root: doc.contents, value: jsOf(doc, text, source), end };
}

function refuseWhatGoRefuses(doc: Document.Parsed, text: string, source: Source): void {
  visit(doc, {
    Pair(_, { key }) {
      const plain = isAlias(key) ? key.resolve(doc) : key;
      if (isScalar(plain) && ["string", "number", "boolean", "symbol"].includes(typeof plain.value)) return;
      // `username: {{SessionName}}` without quotes is the usual way to this.
      throw invalid(source, text, startOf(key, doc), "a key that is not a plain word; text with {{…}} needs quotes");
    },
    Scalar(_, node) {
      if (typeof node.value === "number" && !Number.isFinite(node.value))
        throw invalid(source, text, startOf(node, doc), "not a finite number");
    },
  });
}

/** A tab for indentation is the usual reason, and then `yaml` complains of something else. */
function syntaxError(text: string, source: Source, { pos, message }: YAMLParseError): EksLambdaError {
  const [offset] = pos;
  const start = lineStart(text, offset);
  const tab = /^ *(?=\t)/.exec(text.slice(start, offset))?.[0];
  return tab === undefined
    ? invalid(source, text, offset, lowerFirst(message))
    : invalid(source, text, start + tab.length, TAB);
}

const TAB = "a tab, which may not indent";

/** Go takes a tab for indentation inside brackets and block scalars alone; `yaml` also in empty and comment lines. */
function refuseTabs(doc: Document.Parsed, text: string, source: Source): void {
  const tabs = [...text.matchAll(/^ *\t/gm)].map(({ index, 0: found }) => index + found.length - 1);
  if (tabs.length === 0) return;
  const allowed: (readonly [number, number, number])[] = [];
  visit(doc, {
    Collection(_, { flow, range }) {
      if (flow && range) allowed.push(range);
    },
    Scalar(_, { range }) {
      if (range) allowed.push(range);
    },
  });
  const refused = tabs.find((tab) => !allowed.some(([start, end]) => start <= tab && tab < end));
  if (refused !== undefined) throw invalid(source, text, refused, TAB);
}

function jsOf(doc: Document.Parsed, text: string, source: Source): unknown {
  try {
    const value: unknown = doc.toJS();
    JSON.stringify(value); // an anchor inside itself, which Go refuses, makes a circle
    return value;
  } catch (cause) {
    throw invalid(source, text, firstBadAlias(doc), lowerFirst(cause instanceof Error ? cause.message : String(cause)));
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

/** Nothing but white space and comments. */
export function isAbsent({ root }: Located): boolean {
  if (root === null) return true;
  return isScalar(root) && root.value === null && root.range[0] === root.range[1] && !root.tag && !root.anchor;
}

/** Where a node's last own character ends: trailing comments and empty lines are not its own. */
export function contentEnd(node: Node, otherwise: number): number {
  const end = node.range?.[1] ?? otherwise;
  if (!isCollection(node) || node.flow || node.items.length === 0) return end;
  const last: unknown = node.items.at(-1);
  if (isSeq(node)) return isNode(last) ? contentEnd(last, end) : end;
  if (!isMap(node)) return end;
  const pair = node.items.at(-1);
  if (isNode(pair?.value)) return contentEnd(pair.value, end);
  return isNode(pair?.key) ? contentEnd(pair.key, end) : end;
}

/** The last scalar of a node, if it is a block scalar (`|` or `>`), whose value can reach to the end of the text. */
export function lastBlockScalar(node: unknown): Scalar | undefined {
  if (isScalar(node)) return node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED ? node : undefined;
  if (isSeq(node) && !node.flow) return lastBlockScalar(node.items.at(-1));
  if (isMap(node) && !node.flow) return lastBlockScalar(node.items.at(-1)?.value);
  return undefined;
}

export const isNode = (value: unknown): value is Node => isScalar(value) || isAlias(value) || isCollection(value);
