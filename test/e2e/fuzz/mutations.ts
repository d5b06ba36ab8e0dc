/** What can be wrong with a manifest. To add a mutation, add it to the table. */
import type { Manifest } from "./manifests.ts";
import type { Random } from "./random.ts";

type Path = readonly (string | number)[];
export interface Mutated {
  readonly object: unknown;
  /** What changed; empty for the whole object. */
  readonly path: Path;
  /** Sent instead of the object. */
  readonly text?: string;
  readonly contentType?: string;
  readonly query?: string;
}
/** Returns undefined if the manifest has nothing that can be changed so. */
type Mutation = (manifest: Manifest, random: Random) => Mutated | undefined;

interface Node {
  readonly path: Path;
  readonly value: unknown;
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Every value in the object, with its place. */
function nodesOf(value: unknown, path: Path = []): readonly Node[] {
  const inner = isMap(value) || Array.isArray(value) ? Object.entries(value) : [];
  const key = (name: string): string | number => (Array.isArray(value) ? Number(name) : name);
  return [{ path, value }, ...inner.flatMap(([name, one]) => nodesOf(one, [...path, key(name)]))];
}

/** All but the object itself, its version, its kind and its name, which have mutations of their own. */
const fieldsOf = (manifest: Manifest): readonly Node[] =>
  nodesOf(manifest).filter(({ path }) => path.length > 0 && !/^(apiVersion|kind|metadata\.name)$/.test(path.join(".")));

/** Puts a value at the path; `undefined` removes what is there. */
export function put(object: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(object)) {
    if (rest.length === 0 && value === undefined) return object.toSpliced(Number(key), 1);
    return object.with(Number(key), put(object[Number(key)], rest, value));
  }
  const map = isMap(object) ? object : {};
  const inner = put(map[key], rest, value);
  const others = Object.entries(map).filter(([name]) => name !== key);
  return Object.fromEntries(
    inner === undefined ? others : [...Object.entries(map).filter(([name]) => name !== key), [key, inner]],
  );
}

const typeOf = (value: unknown): string => (Array.isArray(value) ? "list" : value === null ? "null" : typeof value);
const changed = (manifest: Manifest, path: Path, value: unknown): Mutated => ({
  object: put(manifest, path, value),
  path,
});

/** Replaces one of the fields that `suits` by one of the values. */
const replaced =
  (suits: (node: Node) => boolean, values: readonly unknown[]): Mutation =>
  (manifest, random) => {
    const found = fieldsOf(manifest).filter(suits);
    if (found.length === 0) return undefined;
    return changed(manifest, random.pick(found).path, random.pick(values));
  };

const ofType =
  (...types: readonly string[]) =>
  ({ value }: Node): boolean =>
    types.includes(typeOf(value));

const others = [5, "text", true, [], {}, ["a"], { a: 1 }, 1.5];
const badNames = ["UPPER", "a_b", "", "-a", "a..b", "a/b", "ü", "a b", "x".repeat(64), "x".repeat(254), "1", "a.b"];
const badKeys = ["", "/a", "a/", "a/b/c", "-a", "a b", "UPPER.example/a", "x".repeat(64), `${"x".repeat(254)}/a`];
const badTexts = ["", "UPPER Case", "x".repeat(64), "x".repeat(254), "-a", "a..b", "ü", "nope", " ", "0", "a/b", "%"];
const metadataOf: Readonly<Record<string, readonly unknown[]>> = {
  finalizers: [
    ["hold"],
    [""],
    ["a/b/c"],
    ["example.com/a", "example.com/a"],
    ["example.com/"],
    ["kubernetes"],
    [5],
    "example.com/a",
  ],
  ownerReferences: [
    [{ apiVersion: "v1", kind: "Pod", name: "a" }],
    [{ apiVersion: "v1", kind: "Pod", uid: "1" }],
    [{ kind: "Pod", name: "a", uid: "1" }],
    [{ apiVersion: "v1", name: "a", uid: "1" }],
    [{ apiVersion: "a/b/c", kind: "Pod", name: "a", uid: "1" }],
    [{ apiVersion: "v1", kind: "Event", name: "a", uid: "1" }],
    [1, 2].map((uid) => ({ apiVersion: "v1", kind: "Pod", name: "a", uid: `${uid}`, controller: true })),
    [1, 1].map((uid) => ({ apiVersion: "v1", kind: "Pod", name: "a", uid: `${uid}` })),
    [],
    [{}],
  ],
  uid: ["1", ""],
  resourceVersion: ["1", "nope", ""],
  generation: [7, -1, "7"],
  creationTimestamp: [null, "2026-01-01T00:00:00Z", "nope"],
  deletionTimestamp: ["2026-01-01T00:00:00Z", "nope"],
  deletionGracePeriodSeconds: [5, -5],
  managedFields: [
    [],
    [{ manager: "a" }],
    [{ manager: "a", operation: "Update", fieldsType: "FieldsV1", fieldsV1: {}, apiVersion: "v1" }],
  ],
  namespace: ["other", "", "kube-system", "default"],
  generateName: ["made-", "UPPER-", "-", "x".repeat(260)],
  selfLink: ["/any"],
};

/** A key that an object has twice, in its text. */
function doubled(manifest: Manifest, random: Random): Mutated | undefined {
  const maps = nodesOf(manifest).filter(({ value }) => isMap(value) && Object.keys(value).length > 0);
  const { path, value } = random.pick(maps);
  const [key, inner] = random.pick(Object.entries(value as object));
  const text = JSON.stringify(put(manifest, path, { ...(value as object), "\u0001": inner }));
  return { object: manifest, path, text: text.replace('"\\u0001"', JSON.stringify(key)) };
}

const validations = ["", "fieldValidation=Strict", "fieldValidation=Warn", "fieldValidation=Ignore"];

export const mutations: Readonly<Record<string, Mutation>> = {
  valid: (manifest) => ({ object: manifest, path: [] }),
  missing(manifest, random) {
    const fields = fieldsOf(manifest);
    return fields.length > 0 ? changed(manifest, random.pick(fields).path, undefined) : undefined;
  },
  null: replaced(() => true, [null]),
  type(manifest, random) {
    const { path, value } = random.pick(fieldsOf(manifest));
    return changed(manifest, path, random.pick(others.filter((other) => typeOf(other) !== typeOf(value))));
  },
  unknown(manifest, random) {
    const { path } = random.pick(nodesOf(manifest).filter(({ value }) => isMap(value)));
    return { ...changed(manifest, [...path, "colour"], "red"), query: random.pick(validations) };
  },
  number: replaced(ofType("number"), [-1, 0, 1.5, 2 ** 31, 65536, 1e20, -(2 ** 31) - 1, 300, 101]),
  text: replaced(ofType("string"), badTexts),
  name(manifest, random) {
    return changed(manifest, ["metadata", "name"], random.one(10) ? undefined : random.pick(badNames));
  },
  label(manifest, random) {
    const field = random.pick(["labels", "annotations"]);
    const map = random.one(2)
      ? { [random.pick(badKeys)]: "a" }
      : { a: random.pick([...badNames, 5, true, null, "\n"]) };
    return changed(manifest, ["metadata", field], map);
  },
  metadata(manifest, random) {
    const [field, values] = random.pick(Object.entries(metadataOf));
    return changed(manifest, ["metadata", field], random.pick(values));
  },
  duplicate(manifest, random) {
    const lists = fieldsOf(manifest).filter(({ value }) => Array.isArray(value) && value.length > 0);
    if (lists.length === 0 || random.one(4)) return doubled(manifest, random);
    const { path, value } = random.pick(lists);
    const list = value as readonly unknown[];
    return changed(manifest, path, [...list, random.pick(list)]);
  },
  empty(manifest, random) {
    const fields = fieldsOf(manifest).filter(ofType("string", "list", "object"));
    if (fields.length === 0) return undefined;
    const { path, value } = random.pick(fields);
    return changed(manifest, path, Array.isArray(value) ? [] : isMap(value) ? {} : "");
  },
  version(manifest, random) {
    const field = random.pick(["apiVersion", "kind"]);
    return changed(manifest, [field], random.pick([undefined, "v2", "apps/v1beta1", "Pod", "", 5, null, "a/b/c"]));
  },
  content(manifest, random) {
    const text = JSON.stringify(manifest);
    const [contentType, sent] = random.pick<readonly [string, string]>([
      ["application/yaml", text],
      ["application/json; charset=utf-8", text],
      ["text/plain", text],
      ["application/x-www-form-urlencoded", text],
      ["application/json", text.slice(0, -1)],
      ["application/json", ""],
      ["application/json", "[]"],
      ["application/json", "null"],
      ["application/json", `"text"`],
      ["application/json", `${text}${text}`],
      ["application/yaml", "a: [b"],
      ["application/merge-patch+json", text],
    ]);
    return { object: manifest, path: [], text: sent, contentType };
  },
  /** Another value of the same type. */
  other(manifest, random) {
    const found = fieldsOf(manifest).filter(ofType("string", "number", "boolean"));
    if (found.length === 0) return undefined;
    const { path, value } = random.pick(found);
    const next = typeof value === "number" ? value + 1 : typeof value === "boolean" ? !value : `${value}x`;
    return changed(manifest, path, next);
  },
  quantity: replaced(
    ({ path }) => /^(cpu|memory|sizeLimit|pods|(requests|limits)\..*)$/.test(`${path.at(-1)}`),
    [
      "banana",
      "1Gib",
      "-1",
      "",
      "1e3",
      "1E3",
      "0.0000000001",
      "99999999999999Ei",
      5,
      1.5,
      "1.5",
      "+1",
      " 1",
      "1 Gi",
      ".5",
      "0x1",
      "1k",
      "1K",
      "12e",
      {},
    ],
  ),
  time: replaced(
    ({ value }) => /^2026-.*Z$/.test(`${value}`),
    [
      "nope",
      "2026-01-01",
      "2026-01-01T00:00:00.123Z",
      "2026-01-01T00:00:00+01:00",
      "2026-01-01T00:00:00.123456+01:00",
      "",
      5,
      "2026-13-01T00:00:00Z",
      null,
    ],
  ),
};
