/** The encoding of protobuf: numbered fields, whose types only a schema has. Source: protobuf.dev/programming-guides/encoding */
import { Refused } from "../types/errors.ts";

/** A number, the eight bytes of a double, or the bytes of a text, a message or a packed list. */
export type Piece = bigint | Buffer;

class Reader {
  private position = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  take(length: number): Buffer {
    if (length > this.bytes.length - this.position) throw new Refused("unexpected EOF");
    const piece = this.bytes.subarray(this.position, this.position + length);
    this.position += length;
    return piece;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.take(1).readUInt8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Refused("proto: integer overflow");
  }
}

/** By its wire type, how a field is read. Kubernetes uses neither groups (3, 4) nor 32 bits (5). */
const pieces: Readonly<Record<number, (reader: Reader) => Piece>> = {
  0: (reader) => reader.varint(),
  1: (reader) => reader.take(8),
  2: (reader) => reader.take(Number(reader.varint())),
};

/** Returns the fields of a message in their order. Throws a Refused if the bytes are no message. */
export function piecesOf(bytes: Buffer): readonly (readonly [number: number, piece: Piece])[] {
  const reader = new Reader(bytes);
  const found: (readonly [number, Piece])[] = [];
  while (!reader.isAtEnd) {
    const tag = Number(reader.varint());
    const read = pieces[tag % 8];
    if (!read || tag < 8) throw new Refused(`proto: illegal tag ${Math.floor(tag / 8)} (wire type ${tag % 8})`);
    found.push([Math.floor(tag / 8), read(reader)]);
  }
  return found;
}

/** Returns the numbers of a packed list, or the one number. */
export function numbersOf(piece: Piece): readonly bigint[] {
  if (typeof piece === "bigint") return [piece];
  const reader = new Reader(piece);
  const numbers: bigint[] = [];
  while (!reader.isAtEnd) numbers.push(reader.varint());
  return numbers;
}
