/** Builds events from a command line: `invoke scale deployments/web 5 --set key=value`. */
import type { Fields } from "../core/actions/fields.ts";
import { usageError } from "../core/errors.ts";
import { knownResource } from "../core/kind-words.ts";

/** What was typed behind `invoke`. */
export interface Words {
  readonly action?: string | undefined;
  /** `deployments/web`, or a kind or a name alone. */
  readonly target?: string | undefined;
  /** What the action sets. */
  readonly value?: string | undefined;
}

/** As kubectl, also takes the kind and the name as two words. Throws `InvalidEvent`. */
export function wordsOf([action, target, ...rest]: readonly string[]): Words {
  const isSplit = target !== undefined && rest[0] !== undefined && knownResource(target) !== undefined;
  const [object, value, extra] = isSplit ? [`${target}/${rest[0]}`, ...rest.slice(1)] : [target, ...rest];
  if (extra !== undefined)
    throw usageError("InvalidEvent", `"${extra}" is one word too many`, "an action acts on one object");
  return { action, target: object, value };
}

/** Fields that have their own word or flag. */
export interface Given extends Words {
  readonly namespace?: string | undefined;
  readonly replicas?: string | undefined;
  readonly image?: string | undefined;
  /** `key=value`. */
  readonly set?: readonly string[] | undefined;
  /** Of `-f`. */
  readonly manifests?: readonly object[] | undefined;
}

/** The field of the third word. */
const valueFields: Readonly<Record<string, string>> = {
  scale: "replicas",
  "set-image": "image",
  undo: "revision",
  get: "jsonPath",
};

/** Actions that act on objects of one kind, so that a name is enough. */
const onlyKinds: Readonly<Record<string, string>> = {
  create: "deployments.apps",
  "run-job": "cronjobs.batch",
  suspend: "cronjobs.batch",
  resume: "cronjobs.batch",
};

type Entry = readonly [field: string, value: unknown];

/** Throws `InvalidEvent`. The action validates the fields later. */
export function eventOf(given: Given, fields: Fields): Readonly<Record<string, unknown>> {
  const { action = "create", namespace, set = [], manifests } = given;
  const all: readonly Entry[] = [
    ...Object.entries(named(given, fields)),
    ...(namespace === undefined ? [] : [["namespace", namespace] as const]),
    ...texts(given).map(([field, text]) => entryOf(field, text, fields)),
    ...(manifests ? [manifestEntry(action, manifests)] : []),
    ...set.map((one) => assignment(one, fields)),
  ];
  const names = all.map(([field]) => field);
  const twice = names.find((field, at) => names.indexOf(field) < at);
  if (twice !== undefined) throw usageError("InvalidEvent", `\`${twice}\` is given twice`, "give it once");
  return { action, ...Object.fromEntries(all) };
}

/** The object: `resource`, and `name` or `from`. */
function named({ action = "create", target }: Given, fields: Fields): Readonly<Record<string, string>> {
  if (target === undefined) return {};
  const [, word = "", name] = /^([^/]+)(?:\/([^/]+))?$/.exec(target) ?? [];
  if (!word)
    throw usageError("InvalidEvent", `the object is "${target}"; it must be KIND/NAME`, "for example deployments/web");
  // `run-job cronjobs/nightly` names the CronJob that the Job comes from.
  const nameField = Object.hasOwn(fields, "name") ? "name" : "from";
  const only = onlyKinds[action];
  if (name === undefined && only !== undefined && knownResource(word) === undefined)
    return { resource: only, [nameField]: word };
  return { resource: resourceNamed(word), ...(name && { [nameField]: name }) };
}

/** The resource of a word that kubectl accepts: plural, singular or short name, or the kind. */
export const resourceNamed = (word: string): string =>
  knownResource(word) ?? (/^[A-Z]/.test(word) ? `${word.toLowerCase()}s` : word);

/** The third word, which must not be given by its flag, too. */
function texts({ action = "create", value, replicas, image }: Given): readonly (readonly [string, string])[] {
  const field = valueFields[action];
  if (value !== undefined && field === undefined)
    throw usageError("InvalidEvent", `\`${action}\` takes no "${value}"`, "an action acts on one object");
  return [
    ...(value !== undefined && field !== undefined ? [[field, value] as const] : []),
    ...(replicas === undefined ? [] : [["replicas", replicas] as const]),
    ...(image === undefined ? [] : [["image", image] as const]),
  ];
}

/** As `kubectl set image` has it: `nginx:1.27`, or `web=nginx:1.27` for one container. */
function entryOf(field: string, text: string, fields: Fields): Entry {
  const [, container, image] = (field === "image" && /^([a-z0-9-]+)=(.+)$/s.exec(text)) || [];
  return container === undefined ? [field, read(field, text, fields)] : ["images", { [container]: image }];
}

function manifestEntry(action: string, manifests: readonly object[]): Entry {
  if (action === "delete") return ["manifests", manifests.map(identityOf)];
  if (action !== "run-job") return ["manifests", manifests];
  const [only, ...others] = manifests;
  if (only !== undefined && others.length === 0) return ["manifest", only];
  throw usageError("InvalidEvent", `run-job takes one Job, and the files have ${manifests.length} objects`);
}

/** What says which object it is. */
function identityOf(manifest: object): object {
  const { apiVersion, kind, metadata }: Readonly<Record<string, unknown>> = { ...manifest };
  const { name, namespace }: Readonly<Record<string, unknown>> = Object(metadata);
  return { apiVersion, kind, metadata: { name, namespace } };
}

/** `replicas=3`, `image=nginx:1.27`, `images={"web":"nginx"}`. */
function assignment(given: string, fields: Fields): Entry {
  const [, key = "", text = ""] = /^([\w-]+)=(.*)$/s.exec(given) ?? [];
  if (!key)
    throw usageError("InvalidEvent", `--set is "${given}"; it must be KEY=VALUE`, "for example --set replicas=3");
  return [key, read(key, text, fields)];
}

/** A value is JSON where the field's rule accepts that, else text. */
function read(key: string, text: string, fields: Fields): unknown {
  const json = parsed(text);
  const isValid = Object.hasOwn(fields, key) && fields[key]?.valid(json);
  return isValid ? json : text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
