/**
 * Reads the few objects that kubectl sends as protobuf here: reviews, and what eks-lambda's hints have people create.
 * Source: generated.proto of k8s.io/api, and k8s.io/apimachinery/pkg/runtime/serializer/protobuf
 */
import { at, type Json, type JsonMap, listOf, mapOf } from "../object.ts";

/** The names of a message's fields, by their numbers. A name with its own fields is a message; `[]` is a list of them. */
interface Fields {
  readonly [number: number]: string | readonly [string, Fields];
}

const fieldsOf = (names: string): Fields =>
  Object.fromEntries(names.split(" ").map((name, index) => [index + 1, name]));
const metadata: Fields = { 1: ["metadata", { 1: "name", 3: "namespace" }] };
const binding: Fields = {
  ...metadata,
  2: ["subjects[]", fieldsOf("kind apiGroup name namespace")],
  3: ["roleRef", fieldsOf("apiGroup kind name")],
};
const resourceAttributes = fieldsOf("namespace verb group version resource subresource name");
const nonResourceAttributes = fieldsOf("path verb");

const messages: Readonly<Record<string, Fields>> = {
  ClusterRoleBinding: binding,
  Namespace: metadata,
  RoleBinding: binding,
  SelfSubjectAccessReview: {
    2: ["spec", { 1: ["resourceAttributes", resourceAttributes], 2: ["nonResourceAttributes", nonResourceAttributes] }],
  },
  SelfSubjectReview: {},
  SelfSubjectRulesReview: { 2: ["spec", { 1: "namespace" }] },
};

const magic = "k8s\0";
const envelope: Fields = { 1: ["type", fieldsOf("apiVersion kind")], 2: "raw" };

/** Returns undefined for other objects, and for other fields of these. `body` has a character for each byte. */
export function parseProtobuf(body: string): Json {
  if (!body.startsWith(magic)) return undefined;
  const { type, raw = "" } = read(Buffer.from(body.slice(magic.length), "latin1"), envelope) ?? {};
  const fields = messages[`${at(type, "kind")}`];
  const object = fields && read(Buffer.from(`${raw}`, "latin1"), fields);
  return object && { ...mapOf(type), ...object };
}

/** Reads a message of texts and messages. Returns undefined if another field has a value. */
function read(bytes: Buffer, fields: Fields): JsonMap | undefined {
  const object: Record<string, Json> = {};
  let start = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = bytes[start++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  };
  while (start < bytes.length) {
    const tag = varint();
    const number = varint();
    if (tag % 8 === 0 && number === 0) continue;
    if (tag % 8 !== 2) return undefined;
    const piece = bytes.subarray(start, start + number);
    start += number;
    const field = fields[tag >> 3];
    if (typeof field === "string") {
      if (number > 0) object[field] = piece.toString("latin1");
      continue;
    }
    const [name, inner] = field ?? ["", {}];
    const value = read(piece, inner);
    if (!value) return undefined;
    if (name.endsWith("[]")) object[name.slice(0, -2)] = [...listOf(object[name.slice(0, -2)]), value];
    else if (name) object[name] = value;
  }
  return object;
}
