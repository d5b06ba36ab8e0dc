/** Objects in protobuf, with their kind before them. Source: k8s.io/apimachinery/pkg/runtime/serializer/protobuf */
import { Refused } from "../types/errors.ts";
import { byNumber, bytesIn, textIn } from "./message.ts";

const magic = "k8s\0";
const none = Buffer.alloc(0);

/** `Unknown` of k8s.io/apimachinery/pkg/runtime: an object that is not decoded yet. */
interface Unknown {
  readonly typeMeta: { readonly apiVersion: string; readonly kind: string };
  readonly raw: Buffer;
}

/** `body` has a character for each byte. Throws `Refused` for anything else. */
export function parseUnknown(body: string): Unknown {
  if (body === "") throw new Refused("empty data");
  if (!body.startsWith(magic))
    throw new Refused("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  if (body === magic) throw new Refused("empty body");
  const { 1: typeMeta = none, 2: raw = none } = byNumber(Buffer.from(body.slice(magic.length), "latin1"));
  const { 1: version = none, 2: kind = none } = byNumber(bytesIn(typeMeta));
  return { typeMeta: { apiVersion: textIn(version), kind: textIn(kind) }, raw: bytesIn(raw) };
}
