/** Reads one file of a ZIP archive. Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3 */
import { inflateRawSync } from "node:zlib";
import { awsError } from "./refusal.ts";

const invalid = (why: string) => awsError("InvalidParameterValueException", `Could not unzip uploaded file: ${why}`);

/** By the central directory, as unzip does. */
export function fileIn(zip: Buffer, path: string): string {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06"));
  if (end < 0) throw invalid("no end of the central directory");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [nameLength = 0, extraLength = 0, commentLength = 0] = [28, 30, 32].map((field) =>
      zip.readUInt16LE(at + field),
    );
    if (zip.toString("utf8", at + 46, at + 46 + nameLength) === path) return contentOf(zip, at);
    at += 46 + nameLength + extraLength + commentLength;
  }
  throw invalid(`it has no ${path}`);
}

function contentOf(zip: Buffer, entry: number): string {
  const [method, size, local] = [
    zip.readUInt16LE(entry + 10),
    zip.readUInt32LE(entry + 20),
    zip.readUInt32LE(entry + 42),
  ];
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const data = zip.subarray(start, start + size);
  if (method !== 0 && method !== 8)
    throw awsError("NotImplemented", `the sandbox does not know the method ${method}`, 501);
  return (method === 8 ? inflateRawSync(data) : data).toString();
}
