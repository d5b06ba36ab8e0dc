/** An answer of HTTP/1.1, read as it comes. Source: RFC 9112, sections 4 to 7. */

export interface HttpResponse {
  readonly status: number;
  /** By names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** May the connection carry another request? */
  readonly reusable: boolean;
}

export interface ResponseReader {
  /** The answer, once it is whole. Throws for what is no HTTP. */
  read(bytes: Buffer): HttpResponse | undefined;
  /** No more comes: an answer that does not tell its length ends so. */
  end(): HttpResponse | undefined;
}

type Head = Pick<HttpResponse, "status" | "headers">;
/** How the end of a body is told. */
type Framing = "no body" | "by length" | "by chunks" | "by the end of the connection";

const maxLineBytes = 65_536;

export function responseReader(): ResponseReader {
  /** What has come and is not read yet. */
  let rest: Buffer = Buffer.alloc(0);
  let head: (Head & { readonly framing: Framing }) | undefined;
  const parts: Buffer[] = [];
  /** Bytes that are still to come of the body, or of its current chunk. */
  let left = 0;
  let inTrailers = false;

  /** What is before the mark, when it has come; the mark is read, too. */
  function upTo(mark: string): string | undefined {
    const end = rest.indexOf(mark);
    if (end < 0 && rest.length > maxLineBytes) throw invalid("no end of a line");
    if (end < 0) return undefined;
    const text = rest.toString("latin1", 0, end);
    rest = rest.subarray(end + mark.length);
    return text;
  }

  /** Is a head there, not one of 1xx, which another follows? */
  function readHead(): boolean {
    while (!head) {
      const text = upTo("\r\n\r\n");
      if (text === undefined) return false;
      const found = headOf(text);
      if (found.status < 200) continue;
      head = { ...found, framing: framingOf(found) };
      left = head.framing === "by length" ? Number(found.headers["content-length"]) : 0;
    }
    return true;
  }

  /** Is nothing left of what is counted? */
  function readCounted(): boolean {
    const part = rest.subarray(0, left);
    parts.push(part);
    rest = rest.subarray(part.length);
    left -= part.length;
    return left === 0;
  }

  /** Is the last chunk there, with what trails it? */
  function readChunks(): boolean {
    while (readCounted()) {
      const text = upTo("\r\n");
      if (text === undefined) return false;
      if (text === "" && inTrailers) return true;
      // An empty line ends a chunk.
      if (text === "" || inTrailers) continue;
      if (!/^[0-9a-f]{1,8}\s*(;|$)/i.test(text)) throw invalid(`a chunk of "${text}"`);
      left = Number.parseInt(text, 16);
      inTrailers = left === 0;
    }
    return false;
  }

  const readBody: Readonly<Record<Framing, () => boolean>> = {
    "no body": () => true,
    "by length": readCounted,
    "by chunks": readChunks,
    "by the end of the connection"() {
      left = rest.length;
      readCounted();
      return false;
    },
  };

  function whole({ status, headers, framing }: NonNullable<typeof head>): HttpResponse {
    const isOpen = framing !== "by the end of the connection" && !/\bclose\b/i.test(headers.connection ?? "");
    return { status, headers, text: Buffer.concat(parts).toString(), reusable: isOpen && rest.length === 0 };
  }

  return {
    read(bytes) {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      return readHead() && head && readBody[head.framing]() ? whole(head) : undefined;
    },
    end: () => (head?.framing === "by the end of the connection" ? whole(head) : undefined),
  };
}

function headOf(text: string): Head {
  const [first = "", ...lines] = text.split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})( |$)/.exec(first)?.[1];
  if (status === undefined) throw invalid(`"${first.slice(0, 40)}"`);
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const at = line.indexOf(":");
    if (at < 1) throw invalid(`a header "${line.slice(0, 40)}"`);
    headers[line.slice(0, at).toLowerCase()] = line.slice(at + 1).trim();
  }
  return { status: Number(status), headers };
}

function framingOf({ status, headers }: Head): Framing {
  const { "transfer-encoding": encoding, "content-length": length } = headers;
  if (status === 204 || status === 304) return "no body";
  if (encoding !== undefined && !/^chunked$/i.test(encoding)) throw invalid(`the encoding "${encoding}"`);
  if (encoding !== undefined) return "by chunks";
  if (length !== undefined && !/^\d+$/.test(length)) throw invalid(`a length of "${length}"`);
  return length === undefined ? "by the end of the connection" : "by length";
}

const invalid = (what: string): Error => Object.assign(new Error(`no HTTP: ${what}`), { code: "HPE_INVALID" });
