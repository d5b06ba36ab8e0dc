/** Turns protobuf messages into the JSON that Go writes for them. Source: generated.pb.go of k8s.io/api and apimachinery */
import { type Json, type JsonMap, listOf, mapOf } from "../object.ts";
import { encodeStruct } from "../types/encode.ts";
import { Refused } from "../types/errors.ts";
import { type Type, typeNamed } from "../types/types.ts";
import { numbersOf, type Piece, piecesOf } from "./wire.ts";

export function bytesIn(piece: Piece): Buffer {
  if (typeof piece === "bigint") throw new Refused("proto: wrong wireType = 0");
  return piece;
}
export const textIn = (piece: Piece): string => bytesIn(piece).toString();
function numberIn(piece: Piece): number {
  if (typeof piece !== "bigint") throw new Refused("proto: wrong wireType = 2");
  return Number(BigInt.asIntN(64, piece));
}

/** The last piece of each field, by the number of the field. */
export const byNumber = (bytes: Buffer): Readonly<Record<number, Piece>> => Object.fromEntries(piecesOf(bytes));

/** Go writes no time as null. `digits`: of the fraction of a second. */
function timeIn(bytes: Buffer, digits: 0 | 6): Json {
  const { 1: seconds = 0n, 2: nanos = 0n } = byNumber(bytes);
  if (bytes.length === 0) return null;
  const date = new Date(numberIn(seconds) * 1000).toISOString().slice(0, 19);
  const micros = `${Math.trunc(numberIn(nanos) / 1000)}`.padStart(6, "0");
  return `${date}${digits ? `.${micros}` : ""}Z`;
}

function schemaIn(piece: Piece): Json {
  const type = typeNamed("apiextensions/v1.JSONSchemaProps");
  return encodeStruct(messageIn(bytesIn(piece), type), type);
}
/** JSON inside of a message. The API server keeps what does not parse, and fails when it answers. */
function json(bytes: Buffer): Json {
  try {
    return JSON.parse(`${byNumber(bytes)[1] ?? "null"}`);
  } catch (error) {
    throw new Refused((error as Error).message);
  }
}
/** The API server forgets managed fields that do not parse. */
function managed(bytes: Buffer): Json {
  try {
    return json(bytes);
  } catch {
    return {};
  }
}
const texts = (bytes: Buffer): readonly string[] => piecesOf(bytes).map(([, item]) => textIn(item));

/** By their names in Go, types that write their JSON themselves. */
const readers: Readonly<Record<string, (bytes: Buffer) => Json>> = {
  "v1.Time": (bytes) => timeIn(bytes, 0),
  "v1.MicroTime": (bytes) => timeIn(bytes, 6),
  "resource.Quantity": (bytes) => `${byNumber(bytes)[1] ?? ""}`,
  "runtime.RawExtension": json,
  "v1.FieldsV1": managed,
  "v1.JSON": json,
  "intstr.IntOrString"(bytes) {
    const { 1: type = 0n, 2: number = 0n, 3: text = "" } = byNumber(bytes);
    return type === 0n ? numberIn(number as Piece) : `${text}`;
  },
  "v1.JSONSchemaPropsOrBool"(bytes) {
    const { 1: allows, 2: schema } = byNumber(bytes);
    return schema ? schemaIn(schema) : allows === 1n;
  },
  "v1.JSONSchemaPropsOrArray"(bytes) {
    const { 1: schema } = byNumber(bytes);
    return schema ? schemaIn(schema) : piecesOf(bytes).map(([, piece]) => schemaIn(piece));
  },
  "v1.JSONSchemaPropsOrStringArray"(bytes) {
    const { 1: schema } = byNumber(bytes);
    return schema ? schemaIn(schema) : texts(bytes);
  },
};

const scalars: Readonly<Record<string, (piece: Piece) => Json>> = {
  string: textIn,
  bytes: (piece) => bytesIn(piece).toString("base64"),
  bool: (piece) => numberIn(piece) !== 0,
  int32: numberIn,
  int64: numberIn,
  float64: (piece) => bytesIn(piece).readDoubleLE(),
};

function valueIn(piece: Piece, type: Type): Json {
  const read = scalars[type.shape];
  if (read) return read(piece);
  const bytes = bytesIn(piece);
  // A list in a map is a message of its items.
  if (type.shape === "list") return texts(bytes);
  return (readers[type.go] ?? messageIn)(bytes, type);
}

/** An entry of a map is a message of its key and its value; what is empty may not be sent. */
function entryIn(bytes: Buffer, type: Type): JsonMap {
  const none = /^(bool|int)/.test(type.shape) ? 0n : Buffer.alloc(0);
  const { 1: key = Buffer.alloc(0), 2: value = none } = byNumber(bytes);
  return { [textIn(key)]: valueIn(value, type) };
}

function itemsIn(piece: Piece, type: Type): readonly Json[] {
  return type.shape.startsWith("int") ? numbersOf(piece).map(numberIn) : [valueIn(piece, type)];
}

/** Throws a Refused if the bytes are no message of the type. Numbers that it does not know are dropped, as Go does. */
export function messageIn(bytes: Buffer, type: Type): JsonMap {
  let message: Record<string, Json> = {};
  for (const [number, piece] of piecesOf(bytes)) {
    const field = type.declared.find((one) => one.number === number);
    if (!field) continue;
    const { name, type: of } = field;
    if (name === "") message = { ...message, ...messageIn(bytesIn(piece), of) };
    else if (of.shape === "map") message[name] = { ...mapOf(message[name]), ...entryIn(bytesIn(piece), of.items) };
    else if (of.shape === "list") message[name] = [...listOf(message[name]), ...itemsIn(piece, of.items)];
    else message[name] = valueIn(piece, of);
  }
  return message;
}
