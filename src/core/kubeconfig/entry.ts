/**
 * Entries of our own name in a kubeconfig: text in, text out. Every other entry, comment and byte of a YAML file stays
 * (`aws eks update-kubeconfig` prints the file again and loses comments); a JSON file stays JSON, with its indentation.
 *
 * The format: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/. A text that is no such file is refused.
 */
import { delimiter, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { isMap, isSeq, stringify, type YAMLMap, type YAMLSeq } from "yaml";
import { dashesOf } from "../aws-auth/yaml/block.ts";
import { CannotEdit, type Field, fieldOf, setValue } from "../aws-auth/yaml/fields.ts";
import { removeFlow } from "../aws-auth/yaml/flow.ts";
import { additions, appendLines, linesLike, type Printed, removals } from "../aws-auth/yaml/list.ts";
import {
  contentEnd,
  invalid,
  isAbsent,
  type Located,
  locate,
  type Source,
  unsupported,
} from "../aws-auth/yaml/locate.ts";
import { lineEnd, lineStart, newlineOf, type Splice, spliced } from "../aws-auth/yaml/splice.ts";
import { EksLambdaError } from "../errors.ts";

export interface KubeconfigEntry {
  /** `eks-lambda/<cluster>`: the name of the cluster, of the user and of the context. */
  readonly name: string;
  /** `https://…` */
  readonly server: string;
  /** PEM, in base64. */
  readonly ca: string;
  readonly exec: ExecCommand;
  /** Without it, a namespace that somebody chose for our context stays. */
  readonly namespace?: string;
  readonly tlsServerName?: string;
}

/** What kubectl runs for a token. */
export interface ExecCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: readonly { name: string; value: string }[];
}

/**
 * The text with exactly this entry, and the same string when it is there already. The current context is switched only
 * if there is none, or with `useContext`.
 * @throws EksLambdaError `KubeconfigInvalid` with line and column for a text that does not parse or is no Config;
 * `KubeconfigUnsupported` where an edit would change more than the entry (anchors, YAML in braces).
 */
export function putEntry(
  text: string | undefined,
  entry: KubeconfigEntry,
  { useContext }: { useContext: boolean },
): string {
  return edit(text ?? "", (config) => {
    const current = config["current-context"];
    return {
      ...withItems(config, entry),
      ...((useContext || !current) && current !== entry.name && { "current-context": entry.name }),
    };
  });
}

/**
 * The text without the entries of that name; the current context becomes `""` if it was ours, as kubectl unsets it.
 * `undefined` when nothing but an empty Config is left. Throws as `putEntry`.
 */
export function dropEntry(text: string | undefined, name: string): string | undefined {
  if (text === undefined) return undefined;
  const after = edit(text, (config) => {
    const left = Object.fromEntries(
      SECTIONS.filter((section) => itemsOf(config, section).some((item) => item.name === name)).map((section) => [
        section,
        itemsOf(config, section).filter((item) => item.name !== name),
      ]),
    );
    return { ...config, ...left, ...(config["current-context"] === name && { "current-context": "" }) };
  });
  return after !== text && isEmptyConfig(after) ? undefined : after;
}

/** Whether a cluster, user or context of that name is there. Throws as `putEntry`. */
export function hasEntry(text: string | undefined, name: string): boolean {
  const config = read(text ?? "").config;
  return SECTIONS.some((section) => itemsOf(config, section).some((item) => item.name === name));
}

/** The current context; `undefined` for none. Throws as `putEntry`. */
export function currentContext(text: string | undefined): string | undefined {
  const current = read(text ?? "").config["current-context"];
  return typeof current === "string" && current !== "" ? current : undefined;
}

/**
 * Which file of `KUBECONFIG` to write: the first that has our entry, else the first, else `~/.kube/config`.
 * @param list the variable's value, paths between `:` (`;` on Windows); empty ones do not count
 * @param withEntry the paths, as in the list, of files that have the entry
 */
export function choosePath(list: string | undefined, home: string, withEntry: readonly string[]): string {
  const paths = (list ?? "").split(delimiter).filter((path) => path !== "");
  return paths.find((path) => withEntry.includes(path)) ?? paths[0] ?? join(home, ".kube", "config");
}

const SOURCE: Source = {
  what: "kubeconfig",
  invalid: "KubeconfigInvalid",
  unsupported: "KubeconfigUnsupported",
  remedy: "mend the file, or let KUBECONFIG name another",
};

const SECTIONS = ["clusters", "contexts", "users"] as const;
type Section = (typeof SECTIONS)[number];
type Item = Readonly<Record<string, unknown>>;
type Config = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Item =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function itemsOf(config: Config, section: Section): readonly Item[] {
  const items = config[section];
  return Array.isArray(items) ? items.filter(isRecord) : [];
}

/** The three items, each in the place of the one that is there. */
function withItems(config: Config, entry: KubeconfigEntry): Config {
  const { name, server, ca, exec, tlsServerName } = entry;
  const namespace = entry.namespace ?? namespaceOf(config, name);
  const wanted: Record<Section, Item> = {
    clusters: {
      cluster: {
        "certificate-authority-data": ca,
        server,
        ...(tlsServerName !== undefined && { "tls-server-name": tlsServerName }),
      },
      name,
    },
    contexts: { context: { cluster: name, ...(namespace !== undefined && { namespace }), user: name }, name },
    users: {
      name,
      user: {
        exec: {
          apiVersion: "client.authentication.k8s.io/v1beta1",
          args: [...exec.args],
          command: exec.command,
          ...(exec.env !== undefined && { env: exec.env.map((variable) => ({ ...variable })) }),
          interactiveMode: "Never",
        },
      },
    },
  };
  const sections = SECTIONS.map((section): [Section, readonly Item[]] => {
    const items = itemsOf(config, section);
    const at = items.findIndex((item) => item.name === name);
    if (at === -1) return [section, [...items, wanted[section]]];
    // Of two with one name kubectl refuses the file; ours is then the first.
    const others = items.filter((item, index) => item.name !== name || index === at);
    return [
      section,
      others.map((item) => (item.name === name && !isSame(item, wanted[section]) ? wanted[section] : item)),
    ];
  });
  return { apiVersion: "v1", kind: "Config", ...config, ...Object.fromEntries(sections) };
}

function namespaceOf(config: Config, name: string): string | undefined {
  const context = itemsOf(config, "contexts").find((item) => item.name === name)?.context;
  return isRecord(context) && typeof context.namespace === "string" ? context.namespace : undefined;
}

/** kubectl, when it writes the file, adds `env: null` and `provideClusterInfo: false`: they say nothing. */
function isSame(found: unknown, wanted: unknown): boolean {
  return isDeepStrictEqual(essence(found), essence(wanted));
}

function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(essence);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, part]) => part !== null && !(key === "provideClusterInfo" && part === false))
      .map(([key, part]) => [key, essence(part)]),
  );
}

function isEmptyConfig(text: string): boolean {
  const { config } = read(text);
  const { apiVersion: _version, kind: _kind, ...rest } = config;
  return !text.includes("#") && Object.values(rest).every((value) => !value || Object.keys(value).length === 0);
}

/** What is in the text; `json` if it is JSON. */
function read(text: string): {
  readonly config: Config;
  readonly json: boolean;
  readonly located: Located | undefined;
} {
  const json = text.trimStart().startsWith("{") ? parseJson(text) : undefined;
  const located = json === undefined ? locate(text, SOURCE) : undefined;
  const value: unknown = json ?? located?.value ?? {};
  const offset = located?.root?.range[0] ?? 0;
  if (!isRecord(value) || (value.kind ?? "Config") !== "Config" || (value.apiVersion ?? "v1") !== "v1")
    throw invalid(SOURCE, text, offset, "not a kubeconfig: `kind: Config` of `apiVersion: v1` should be here");
  for (const section of SECTIONS) {
    const items = value[section] ?? [];
    if (!Array.isArray(items) || !items.every(isRecord))
      throw invalid(SOURCE, text, offsetOf(located, section) ?? offset, `"${section}" is not a list of entries`);
  }
  return { config: value, json: json !== undefined, located };
}

/** YAML in braces is no JSON: `undefined`. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function offsetOf(located: Located | undefined, section: Section): number | undefined {
  const pair = isMap(located?.root) ? located.root.items.find(({ key }) => String(key) === section) : undefined;
  return (pair?.key as { range?: readonly [number, number, number] } | undefined)?.range?.[0];
}

/** Brings a text to what `change` makes of its value, one key and one item at a time, and reads it again. */
function edit(text: string, change: (config: Config) => Config): string {
  const { config, json } = read(text);
  const wanted = change(config);
  if (isDeepStrictEqual(wanted, config)) return text;
  if (json) return printedJson(text, wanted);
  let after = text;
  for (const [key, value] of Object.entries(wanted)) {
    after = isSection(key) ? withSection(after, key, itemsOf(wanted, key)) : withText(after, key, value);
  }
  if (!isDeepStrictEqual(read(after).config, wanted))
    throw unsupported(SOURCE, text, 0, "the entry shares values with others; write them out");
  return after;
}

const isSection = (key: string): key is Section => SECTIONS.some((section) => section === key);

function printedJson(text: string, config: Config): string {
  const indent = /^\{\s*?\n([ \t]+)/.exec(text.trimStart())?.[1];
  const [before, behind] = [/^\s*/.exec(text)?.[0] ?? "", /\s*$/.exec(text)?.[0] ?? ""];
  return before + JSON.stringify(config, null, indent).replaceAll("\n", newlineOf(text.trim())) + behind;
}

/** The root mapping of a text; `undefined` if there is none yet. */
function rootOf(located: Located): YAMLMap | undefined {
  if (isAbsent(located)) return undefined;
  const { root, text } = located;
  if (isMap(root) && !root.flow) return root;
  throw unsupported(SOURCE, text, root?.range[0] ?? 0, "YAML in braces; write it as lines, or as JSON");
}

/** Runs an edit on a text that was just read, and tells where it is not possible. */
function apply(text: string, change: (located: Located, root: YAMLMap | undefined) => readonly Splice[]): string {
  const located = locate(text, SOURCE);
  try {
    return spliced(text, change(located, rootOf(located)));
  } catch (error) {
    if (error instanceof CannotEdit) throw unsupported(SOURCE, text, error.offset, error.message);
    throw error;
  }
}

const newLines = ({ text, end }: Located, lines: readonly string[]): readonly Splice[] => {
  const splice = appendLines(text, end, lines, newlineOf(text));
  return [text === "" ? { ...splice, insert: `${splice.insert}\n` } : splice];
};

/** A key with a text for its value, such as `current-context`; others are left alone. */
function withText(text: string, key: string, value: unknown): string {
  if (typeof value !== "string") return text;
  return apply(text, (located, root) => {
    const field = root && fieldOf(root, key);
    if (!root || !field)
      return newLines(
        located,
        stringify({ [key]: value }, PRINT)
          .trimEnd()
          .split("\n"),
      );
    const isThere = isRecord(located.value) && located.value[key] === value;
    return isThere ? [] : [setValue(text, root, field, value)];
  });
}

function withSection(text: string, section: Section, wanted: readonly Item[]): string {
  let after = text;
  for (let step = nextStep(after, section, wanted); step !== undefined; step = nextStep(after, section, wanted)) {
    if (step === after) throw new EksLambdaError(SOURCE.unsupported, `kubeconfig: "${section}" cannot be edited`);
    after = step;
  }
  return after;
}

/** One item put, replaced or removed; `undefined` when the section is as it should be. */
function nextStep(text: string, section: Section, wanted: readonly Item[]): string | undefined {
  const items = itemsOf(read(text).config, section);
  if (isDeepStrictEqual(items, wanted)) return undefined;
  const differs = items.findIndex((item, index) => !isDeepStrictEqual(item, wanted[index]));
  const item = wanted[differs === -1 ? items.length : differs];
  return apply(text, (located, root) => {
    const field = root && fieldOf(root, section);
    const seq = isSeq(field?.value) ? field.value : undefined;
    if (!field) return item ? newLines(located, [`${section}:`, ...blockItem(item)]) : [];
    if (differs === -1) return item ? appended(located, field, item) : [];
    if (!seq) return [];
    // One of the same name is replaced; one that should not be there goes.
    if (item && item.name === items[differs]?.name && items.length >= wanted.length)
      return replaced(text, seq, differs, item);
    if (seq.flow) return removeFlow(text, seq, differs) ?? [];
    return items.length === 1 ? [emptied(field)] : (removals(text, seq, differs)[0] ?? []);
  });
}

const emptied = ({ key, end }: Field): Splice => ({ start: key.range?.[1] ?? end, end, insert: ": []" });

function appended({ text }: Located, field: Field, item: Item): readonly Splice[] {
  const newline = newlineOf(text);
  const seq = isSeq(field.value) ? field.value : undefined;
  if (seq && seq.items.length > 0)
    return additions(text, seq, contentEnd(seq, field.end), printed(item), newline)[0] ?? [];
  // `[]`, `null` or nothing behind the key.
  const key = field.key.range?.[1] ?? field.end;
  const insert = ["", ...blockItem(item)].join(newline);
  return [
    { start: key, end: Math.max(field.end, key), insert: ":" },
    { start: lineEnd(text, field.end), end: lineEnd(text, field.end), insert },
  ];
}

function replaced(text: string, seq: YAMLSeq, index: number, item: Item): readonly Splice[] {
  const node = seq.items[index];
  if (seq.flow) {
    const range = isMap(node) ? node.range : undefined;
    if (!range) throw new CannotEdit(seq.range?.[0] ?? 0, "its parts cannot be told apart");
    return [{ start: range[0], end: range[1], insert: JSON.stringify(item) }];
  }
  const dash = dashesOf(text, seq)?.[index];
  if (!dash) throw new CannotEdit(seq.range?.[0] ?? 0, "an entry shares its line with what is before it");
  const lines = linesLike(text, node, dash.start, printed(item));
  const [start, end] = [lineStart(text, dash.start), lineEnd(text, dash.end - 1)];
  return [{ start, end, insert: lines.join(newlineOf(text)) }];
}

// YAML 1.1, which Go reads, needs quotes where 1.2 does not: `yes`, `0o7`.
const PRINT = { version: "1.1", lineWidth: 0, indentSeq: false } as const;

const printed = (item: Item): Printed => ({
  lines: stringify(item, PRINT).trimEnd().split("\n"),
  flow: () => JSON.stringify(item),
});

/** In column 0, as kubectl writes it. */
const blockItem = (item: Item): readonly string[] =>
  printed(item).lines.map((line, index) => `${index === 0 ? "- " : "  "}${line}`);
