import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type HttpResponse, responseReader } from "../../../src/lambda/http-response.ts";

/** Reads what comes in these pieces, and then no more. */
function readAll(pieces: readonly Buffer[]): HttpResponse | undefined {
  const reader = responseReader();
  for (const [index, piece] of pieces.entries()) {
    const response = reader.read(piece);
    if (response) return index === pieces.length - 1 ? response : undefined;
  }
  return reader.end();
}
const read = (bytes: string): HttpResponse | undefined => readAll([Buffer.from(bytes)]);

const cut = (bytes: Buffer, at: readonly number[]): readonly Buffer[] => {
  const places = [...new Set([0, ...at.map((place) => place % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
};

const chunked = (body: Buffer, sizes: readonly number[], extension: string, trailer: string): Buffer => {
  const chunks = cut(body, sizes)
    .filter((chunk) => chunk.length > 0)
    .flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}${extension}\r\n`), chunk, Buffer.from("\r\n")]);
  return Buffer.concat([...chunks, Buffer.from(`0\r\n${trailer}\r\n`)]);
};

describe("an answer in pieces", () => {
  const places = fc.array(fc.nat({ max: 5_000 }), { maxLength: 12 });
  const name = fc.stringMatching(/^x-[a-z]{1,8}$/);
  const value = fc.stringMatching(/^[!-~]{0,12}$/);

  test("is the same, wherever it is cut and however its end is told", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304),
        fc.dictionary(name, value),
        fc.string({ unit: "grapheme", maxLength: 300 }),
        fc.constantFrom("length", "chunks", "close"),
        fc.constantFrom("", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
        places,
        places,
        (status, headers, body, framing, before, sizes, cuts) => {
          const bytes = Buffer.from(body);
          const told = {
            length: [`Content-Length: ${bytes.length}`, bytes] as const,
            chunks: ["Transfer-Encoding: chunked", chunked(bytes, sizes, ";a=b", "x-trailer: 1\r\n")] as const,
            close: ["Connection: close", bytes] as const,
          }[framing];
          const lines = [...Object.entries(headers).map(([key, one]) => `${key}: ${one}`), told[0]];
          const head = `${before}HTTP/1.1 ${status} Some Words\r\n${lines.join("\r\n")}\r\n\r\n`;
          const response = readAll(cut(Buffer.concat([Buffer.from(head), told[1]]), cuts));
          expect(response).toMatchObject({ status, headers, text: body, reusable: framing !== "close" });
        },
      ),
      { numRuns: 2_000 },
    ));

  test.each([
    ["204", "HTTP/1.1 204 No Content\r\n\r\n"],
    ["304, whose length is another's", "HTTP/1.1 304 Not Modified\r\ncontent-length: 12\r\n\r\n"],
    ["no words for the status", "HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n"],
  ])("%s has no body", (_, bytes) => expect(read(bytes)).toMatchObject({ text: "", reusable: true }));

  test.each([
    ["says that it closes", "HTTP/1.1 200 OK\r\nConnection: Close\r\ncontent-length: 2\r\n\r\n{}"],
    ["sends more than it told", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 408"],
    ["does not tell its length", "HTTP/1.0 200 OK\r\n\r\n{}"],
  ])("a server that %s gets no other request", (_, bytes) =>
    expect(read(bytes)).toMatchObject({ text: "{}", reusable: false }),
  );

  test.each([
    ["in its head", "HTTP/1.1 200 OK\r\ncontent-le"],
    ["in its body", "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{}"],
    ["in a chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"],
    ["before the last chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n"],
    ["in its trailers", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nx: 1\r\n"],
  ])("that ends %s is none", (_, bytes) => expect(read(bytes)).toBeUndefined());
});

describe("what is no HTTP/1.1 is refused", () => {
  const head = "HTTP/1.1 200 OK\r\n";
  test.each([
    ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n\r\n"],
    ["HTTP/2", "HTTP/2 200\r\n\r\n"],
    ["a header without a name", `${head}: x\r\n\r\n`],
    ["a folded header", `${head}a: b\r\n c\r\n\r\n`],
    ["a length that is no number", `${head}content-length: -1\r\n\r\n`],
    ["an encoding that was not asked for", `${head}transfer-encoding: gzip, chunked\r\n\r\n`],
    ["a chunk's size that is none", `${head}transfer-encoding: chunked\r\n\r\nx\r\n`],
    ["headers without an end", `${head}a: ${"b".repeat(70_000)}`],
    ["a line without an end", `${head}transfer-encoding: chunked\r\n\r\n${"1".repeat(70_000)}`],
  ])("%s", (_, bytes) => expect(() => read(bytes)).toThrow(expect.objectContaining({ code: "HPE_INVALID" })));
});

test("Node's own server and client agree with it", async () => {
  const bodies = ["", "{}", "ä".repeat(100_000)];
  for (const body of bodies)
    for (const inOne of [true, false]) {
      const server = createServer((_, response) => {
        if (!inOne) response.write(body.slice(0, 10));
        response.end(inOne ? body : body.slice(10));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      const reader = responseReader();
      const raw = await new Promise<HttpResponse>((resolve, reject) => {
        const request = get({ port, host: "127.0.0.1" }).on("error", reject);
        request.once("socket", (socket) => {
          socket.on("data", (bytes: Buffer) => {
            const response = reader.read(Buffer.from(bytes));
            if (response) resolve(response);
          });
        });
        request.on("response", (response) => void text(response));
      });
      expect({ status: raw.status, text: raw.text }).toEqual({ status: 200, text: body });
      await new Promise((resolve) => server.close(resolve));
    }
});
