/** A ZIP file with one file, without compression: the same text gives the same bytes on every computer. */
import { crc32 } from "node:zlib";

/** 1 January 1980, the first date that the format has. */
const date = 0x0021;
/** The version of the format that is needed, 2.0; as the maker's, on Unix, whose permissions then count. */
const version = 20;
const onUnix = (3 << 8) | version;
/** A file that everybody may read: Lambda's user is not its owner. */
const permissions = 0o100644;

/** Each field with its number of bytes. */
const record = (...fields: readonly (readonly [value: number, bytes: number])[]): Buffer =>
  Buffer.concat(
    fields.map(([value, bytes]) => {
      const field = Buffer.alloc(bytes);
      field.writeUIntLE(value, 0, bytes);
      return field;
    }),
  );

/** Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3 */
export function zipOf(path: string, text: string): Buffer {
  const [name, data] = [Buffer.from(path), Buffer.from(text)];
  // Flags, no compression, time, date, checksum, sizes, lengths of name and extra field.
  const about = Buffer.concat([
    record([0, 2], [0, 2], [0, 2], [date, 2], [crc32(data), 4]),
    record([data.length, 4], [data.length, 4], [name.length, 2], [0, 2]),
  ]);
  const local = Buffer.concat([record([0x04034b50, 4], [version, 2]), about, name, data]);
  // Length of a comment, disk, internal attributes, external ones, offset.
  const attributes = record([0, 2], [0, 2], [0, 2], [permissions * 2 ** 16, 4], [0, 4]);
  const central = Buffer.concat([record([0x02014b50, 4], [onUnix, 2], [version, 2]), about, attributes, name]);
  // Disks, entries, size and offset of the central directory, length of a comment.
  const end = record([0x06054b50, 4], [0, 2], [0, 2], [1, 2], [1, 2], [central.length, 4], [local.length, 4], [0, 2]);
  return Buffer.concat([local, central, end]);
}
