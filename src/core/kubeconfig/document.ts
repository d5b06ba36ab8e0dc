/** Parses a kubeconfig as kubectl does, and prints it with only the edited nodes changed. */
import {
  Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type ToStringOptions,
  visit,
  YAMLMap,
} from "yaml";
import { invalid, type Located, locate, type Source, unsupported } from "../yaml.ts";
import { type Misfit, misfit } from "./shape.ts";

export interface Kubeconfig extends Located {
  readonly config: Config;
  /** Every scalar is a string, so that it is printed as it was written. */
  readonly doc: Document;
  readonly style: ToStringOptions;
}

export type Config = Readonly<Record<string, unknown>>;
export type Item = Readonly<Record<string, unknown>>;

export const SECTIONS = ["clusters", "contexts", "users"] as const;
export type Section = (typeof SECTIONS)[number];

const SOURCE: Source = {
  what: "kubeconfig",
  invalid: "KubeconfigInvalid",
  unsupported: "KubeconfigUnsupported",
  remedy: "fix the file, or set KUBECONFIG to another",
};

export const isRecord = (value: unknown): value is Item =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The items of a section; an empty line `- ` is `null`. */
export const itemsOf = (config: Config, section: Section): readonly (Item | null)[] =>
  (config[section] as readonly (Item | null)[] | null | undefined) ?? [];

/** Throws `KubeconfigInvalid` for a text that kubectl refuses, and for duplicate keys. */
export function openConfig(text: string): Kubeconfig {
  const located = locate(text, SOURCE);
  const config: unknown = located.value ?? {};
  const doc: Document = parseDocument(text, { ...AS_TEXT, uniqueKeys: true, prettyErrors: false });
  const offset = located.root?.range[0] ?? 0;
  const [error] = doc.errors;
  if (error) throw invalid(located, error.pos[0], error.message.toLowerCase());
  if (!isRecord(config) || (config.kind ?? "Config") !== "Config" || (config.apiVersion ?? "v1") !== "v1")
    throw invalid(located, offset, "not a kubeconfig; it should have `kind: Config` and `apiVersion: v1`");
  const wrong = misfit(config) ?? twice(config);
  if (!wrong) return { ...located, config, doc, style: styleOf(doc, text) };
  const node = doc.getIn(wrong.path, true);
  const at = (isNode(node) ? node.range?.[0] : undefined) ?? offset;
  throw invalid(located, at, `"${wrong.path.join(".")}" ${wrong.reason}`);
}

// A scalar that is read as a string is printed as it was written: `on`, `1_000`, `1:30`.
const AS_TEXT = { schema: "failsafe", version: "1.1", logLevel: "silent" } as const;

/** kubectl refuses two items with the same name. */
function twice(config: Config): Misfit | undefined {
  for (const section of SECTIONS) {
    const names = itemsOf(config, section).map((item) => item?.name ?? "");
    const index = names.findIndex((name, at) => names.indexOf(name) !== at);
    if (index !== -1) return { path: [section, index, "name"], reason: `is that of another entry, "${names[index]}"` };
  }
  return undefined;
}

/** Returns the root mapping. Creates it for an empty text. */
export function rootOf({ doc }: Kubeconfig): YAMLMap {
  if (isMap(doc.contents)) return doc.contents;
  const root = new YAMLMap();
  doc.contents = root;
  return root;
}

/**
 * Turns a value into nodes with double-quoted strings: kubectl's YAML 1.1 reads plain `on` or `1_000` as other types.
 */
export function quoted(value: unknown): Node {
  const node = new Document(value).contents as Node;
  visit(node, {
    Scalar(key, scalar) {
      if (key !== "key") scalar.type = "QUOTE_DOUBLE";
    },
  });
  return node;
}

/** The error for an entry that cannot be changed without changing another. */
export const shared = (kubeconfig: Kubeconfig) =>
  unsupported(kubeconfig, 0, "the entry shares values with others; write them out");

/** Throws `KubeconfigUnsupported` if another entry refers to a removed one. */
export function printed(kubeconfig: Kubeconfig): string {
  const { text } = kubeconfig;
  const start = text.startsWith("\ufeff") ? "\ufeff" : "";
  const after = isJson(text) ? json(kubeconfig) : yaml(kubeconfig, kubeconfig.style);
  return start + (text.includes("\r\n") ? after.replaceAll("\n", "\r\n") : after);
}

function yaml(kubeconfig: Kubeconfig, options: ToStringOptions): string {
  try {
    return kubeconfig.doc.toString({ lineWidth: 0, ...options });
  } catch {
    throw shared(kubeconfig);
  }
}

/** Keeps the text's style: whether lists are indented, and whether brackets have inner spaces. */
const styleOf = (doc: Document, text: string): ToStringOptions => ({
  indentSeq: SECTIONS.some((section) => {
    const list = doc.get(section, true);
    return isSeq(list) && !list.flow && text[(list.range?.[0] ?? 0) - 1] === " ";
  }),
  flowCollectionPadding: !/: [[{][^\s\]}]/.test(text),
});

function isJson(text: string): boolean {
  if (!text.trimStart().startsWith("{")) return false;
  try {
    return Boolean(JSON.parse(text));
  } catch {
    return false;
  }
}

function json(kubeconfig: Kubeconfig): string {
  const { doc, text } = kubeconfig;
  visit(doc, {
    Pair(_, pair) {
      pair.key = quoted(isScalar(pair.key) ? pair.key.value : pair.key);
    },
  });
  const indent = /^\s*\{\r?\n([ \t]+)/.exec(text)?.[1];
  const value: unknown = JSON.parse(yaml(kubeconfig, { doubleQuotedAsJSON: true }));
  return JSON.stringify(value, null, indent) + (text.endsWith("\n") ? "\n" : "");
}
