/** A request that a server received, and its answer. */
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Pairs } from "./model.ts";

export interface Request extends Readonly<Record<"method" | "body", string>> {
  /** Encoded, as received. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** True if the body exceeds the server's limit; `body` is then empty. */
  readonly tooLong?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Pairs;
  /** A stream is sent as it comes. */
  readonly body: string | Readable;
}

/** Bodies that are not text: they have a character for each byte. */
export const isBinary = ({ headers }: Pick<Request, "headers">): boolean =>
  /protobuf|zip|octet-stream/.test(headers["content-type"] ?? "");

export const bytesOf = (request: Pick<Request, "body" | "headers">): Buffer =>
  Buffer.from(request.body, isBinary(request) ? "latin1" : "utf8");

/** Parses the body as JSON; an empty body is `{}`. Throws what `refusal` makes of the parser's message. */
export function jsonOf(request: Request, refusal: (why: string) => Error): unknown {
  try {
    return JSON.parse(bytesOf(request).toString() || "{}");
  } catch (error) {
    throw refusal((error as Error).message);
  }
}
