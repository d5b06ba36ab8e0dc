/**
 * Edits our cluster, user and context in the text of a kubeconfig. Others, comments and values stay, in their order (`aws eks
 * update-kubeconfig` loses comments). A JSON file stays JSON. Refuses texts that kubectl refuses.
 *
 * The format: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
import { isDeepStrictEqual } from "node:util";
import { isMap, isScalar, isSeq, type Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import {
  type Config,
  type Item,
  isRecord,
  itemsOf,
  type Kubeconfig,
  openConfig,
  printed,
  quoted,
  rootOf,
  SECTIONS,
  type Section,
  shared,
} from "./document.ts";

export interface KubeconfigContext {
  /** Of cluster, user and context. */
  readonly name: string;
  /** The cluster's ARN, by which it is known as ours. */
  readonly arn: string;
  /** `https://…` */
  readonly server: string;
  /** PEM, in base64. */
  readonly ca: string;
  readonly exec: ExecCommand;
  /** Without it, our context keeps the namespace that someone chose for it. */
  readonly namespace?: string;
  readonly tlsServerName?: string;
}

/** The command that kubectl runs for a token. */
export interface ExecCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: readonly { name: string; value: string }[];
  /** kubectl shows it if the command does not exist. */
  readonly installHint?: string;
}

export interface PutOptions {
  readonly useContext: boolean;
  /** Another of kubectl's files has a current context, which the one of an earlier file would replace. */
  readonly hasContextElsewhere?: boolean;
}

/**
 * Returns the text with exactly this context and its cluster and user, unchanged if it already has them. Switches the current context only if there
 * is none, or with `useContext`.
 * @throws EksLambdaError `KubeconfigInvalid` with line and column for a text that kubectl refuses;
 * `KubeconfigUnsupported` if an edit would change others (anchors that they refer to).
 */
export function putContext(
  text: string | undefined,
  context: KubeconfigContext,
  { useContext, hasContextElsewhere = false }: PutOptions,
): string {
  const before = openConfig(text ?? "");
  const wanted = itemsFor(context, before.config);
  const current = before.config["current-context"];
  const isChosen = current || hasContextElsewhere;
  const switched = (useContext || !isChosen) && current !== context.name;
  const isRight = (config: Config) =>
    SECTIONS.every((section) => isSame(itemNamed(config, section, context.name), wanted[section]));
  if (text !== undefined && isRight(before.config) && !switched) return text;

  const root = rootOf(before);
  if (text === undefined) before.doc.commentBefore = CREATED;
  for (const [key, value] of Object.entries({ apiVersion: "v1", kind: "Config" }))
    if (!root.get(key)) setText(root, key, value);
  for (const section of SECTIONS) putItem(before, { section, list: sectionOf(before, root, section) }, wanted[section]);
  if (switched) setText(root, "current-context", context.name);
  return checked(before, context.name, isRight);
}

/** Only a file that starts with this is deleted with its last context. */
const CREATED = " Created by eks-lambda. `eks-lambda teardown` deletes this file when nothing else is in it.";

/**
 * Returns the text without the cluster, user and context of that name. Sets the current context to `""` if it was ours, as kubectl does.
 * Returns `undefined` if nothing is left of a file that `putContext` created. Throws as `putContext`.
 */
export function dropContext(text: string | undefined, name: string): string | undefined {
  if (text === undefined) return undefined;
  const before = openConfig(text);
  const isCurrent = before.config["current-context"] === name;
  if (!hasItem(before.config, name) && !isCurrent) return text;

  const root = rootOf(before);
  for (const section of SECTIONS) {
    const index = itemsOf(before.config, section).findIndex((item) => item?.name === name);
    if (index !== -1) removeItem(sectionOf(before, root, section), index);
  }
  if (isCurrent) setText(root, "current-context", "");
  const after = checked(before, name, (config) => !hasItem(config, name));
  return isOurs(openConfig(after)) ? undefined : after;
}

/** True if the file names a current context. Throws as `putContext`. */
export const hasCurrentContext = (text: string | undefined): boolean =>
  text !== undefined && Boolean(openConfig(text).config["current-context"]);

/** True if there is a cluster, user or context of that name. Throws as `putContext`. */
export const hasContext = (text: string | undefined, name: string): boolean =>
  hasItem(openConfig(text ?? "").config, name);

/** The ARN of the cluster of that name. `undefined`: there is no such cluster, or it names none. Throws as `putContext`. */
export function arnOf(text: string | undefined, name: string): string | undefined {
  const cluster = itemNamed(openConfig(text ?? "").config, "clusters", name)?.cluster;
  const extensions: unknown = isRecord(cluster) ? cluster.extensions : undefined;
  if (!Array.isArray(extensions)) return undefined;
  const ours: unknown = extensions.find((one: unknown) => isRecord(one) && one.name === EXTENSION)?.extension;
  return isRecord(ours) && typeof ours.cluster === "string" ? ours.cluster : undefined;
}

/** kubectl preserves extensions. Source: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/, `NamedExtension` */
const EXTENSION = "eks-lambda";

function itemsFor(wanted: KubeconfigContext, config: Config): Readonly<Record<Section, Item>> {
  const { name, arn, server, ca, exec, tlsServerName } = wanted;
  const context = itemNamed(config, "contexts", name)?.context;
  const chosen = isRecord(context) ? context.namespace : undefined;
  const namespace = wanted.namespace ?? (chosen || undefined);
  const { command, args, env, installHint } = exec;
  return {
    clusters: {
      cluster: {
        "certificate-authority-data": ca,
        extensions: [{ extension: { cluster: arn }, name: EXTENSION }],
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
          args: [...args],
          command,
          ...(env !== undefined && { env: env.map((variable) => ({ ...variable })) }),
          ...(installHint !== undefined && { installHint }),
          interactiveMode: "Never",
        },
      },
    },
  };
}

const itemNamed = (config: Config, section: Section, name: string): Item | undefined =>
  itemsOf(config, section).find((item) => item?.name === name) ?? undefined;

const hasItem = (config: Config, name: string): boolean =>
  SECTIONS.some((section) => itemNamed(config, section, name) !== undefined);

/** Ignores `env: null` and `provideClusterInfo: false`, which kubectl adds when it writes the file. */
const isSame = (found: unknown, wanted: unknown): boolean => isDeepStrictEqual(essence(found), essence(wanted));

function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(essence);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, part]) => !isIdle(key, part))
      .map(([key, part]) => [key, essence(part)]),
  );
}

const isIdle = (key: string, part: unknown): boolean =>
  part === null || (key === "provideClusterInfo" && part === false);

/** Returns the list of a section. Creates it if it is missing. */
function sectionOf(kubeconfig: Kubeconfig, root: YAMLMap, section: Section): YAMLSeq {
  const found = root.get(section, true);
  if (isSeq(found)) return found;
  if (found && !isScalar(found)) throw shared(kubeconfig);
  const list = kubeconfig.doc.createNode([]);
  list.commentBefore = found?.comment ?? null;
  root.set(section, list);
  return list;
}

interface ListOfSection {
  readonly section: Section;
  readonly list: YAMLSeq;
}

function putItem(kubeconfig: Kubeconfig, { section, list }: ListOfSection, wanted: Item): void {
  const index = itemsOf(kubeconfig.config, section).findIndex((item) => item?.name === wanted.name);
  const node = list.items[index];
  if (index === -1) {
    if (list.items.length === 0) list.flow = false;
    list.items.push(quoted(wanted));
  } else if (isMap(node)) {
    setFields(node, itemsOf(kubeconfig.config, section)[index] ?? {}, wanted);
  } else throw shared(kubeconfig);
}

/** Sets exactly these fields of a mapping. Comments on the remaining ones stay. */
function setFields(map: YAMLMap, found: Item, wanted: Item): void {
  for (const [key, value] of Object.entries(found)) if (!(key in wanted) && !isIdle(key, value)) map.delete(key);
  for (const [key, value] of Object.entries(wanted)) {
    const [node, part] = [map.get(key, true), found[key]];
    if (isMap(node) && isRecord(part) && isRecord(value)) setFields(node, part, value);
    else if (typeof value === "string") setText(map, key, value);
    else if (!isSame(part, value)) map.set(key, quoted(value));
  }
}

function setText(map: YAMLMap, key: string, value: string): void {
  const node = map.get(key, true);
  if (!isScalar(node)) map.set(key, quoted(value));
  else if (node.value !== value) Object.assign(node, { value, type: "QUOTE_DOUBLE" } satisfies Partial<Scalar>);
}

/** Keeps a comment above the item: above the next one, or at the end of the list. */
function removeItem(list: YAMLSeq, index: number): void {
  const [node] = list.items.splice(index, 1);
  if (list.items.length === 0) list.flow = true;
  const comment = isMap(node) ? node.commentBefore : undefined;
  if (!comment) return;
  const next = list.items[index];
  const both = (other: string | null | undefined) => [comment, other].filter(Boolean).join("\n");
  if (isMap(next)) next.commentBefore = both(next.commentBefore);
  else list.comment = both(list.comment);
}

/** Prints an edited document, and checks that only ours differ. */
function checked(before: Kubeconfig, name: string, isRight: (config: Config) => boolean): string {
  const after = printed(before);
  const { config } = openConfig(after);
  if (isRight(config) && isDeepStrictEqual(others(config, name), others(before.config, name))) return after;
  throw shared(before);
}

/** The kubeconfig without ours. */
const others = (config: Config, name: string): Config => ({
  apiVersion: "v1",
  kind: "Config",
  ...config,
  ...Object.fromEntries(
    SECTIONS.map((section) => [section, itemsOf(config, section).filter((item) => item?.name !== name)]),
  ),
  "current-context": undefined,
});

/** True for a file that `putContext` created and that contains nothing else. */
function isOurs({ config, text }: Kubeconfig): boolean {
  const { apiVersion: _version, kind: _kind, ...rest } = config;
  const isEmpty = Object.values(rest).every((value) => !value || Object.keys(value).length === 0);
  return isEmpty && text.startsWith(`#${CREATED}`) && text.lastIndexOf("#") === 0;
}
