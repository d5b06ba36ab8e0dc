/** One signed AWS call on the wire, and the error in its answer. */
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Credentials } from "../../../acceptance/backend.ts";
import type { Answer } from "../case.ts";
import type { Side } from "../side.ts";

export interface AwsCall {
  readonly service: "sts" | "iam" | "ec2" | "cloudformation" | "eks" | "lambda" | "logs" | "s3";
  /** For the query protocol. */
  readonly form?: Readonly<Record<string, string>>;
  /** For REST. */
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials?: (own: Credentials) => Credentials;
  /** Changes the headers after signing. */
  readonly tamper?: (headers: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
  /** Seconds since it was signed. */
  readonly age?: number;
}

export interface Wire {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export async function send(side: Side, call: AwsCall): Promise<Wire> {
  const { service, form, path = "/", query = {}, age = 0, tamper = (same) => same } = call;
  const url = new URL(side.backend.env.AWS_ENDPOINT_URL ?? "");
  const body = form ? new URLSearchParams(form).toString() : (call.body ?? "");
  const { method = form ? "POST" : "GET" } = call;
  const type = form ? "application/x-www-form-urlencoded" : "application/json";
  const own = await side.credentials("administrator");
  const signer = new SignatureV4({
    credentials: call.credentials?.(own) ?? own,
    ...{ region: side.backend.region, service, sha256: Sha256 },
  });
  const headers = { host: url.host, "content-type": type, ...call.headers };
  const signed = await signer.sign(
    { method, protocol: "http:", hostname: url.hostname, path, headers, query, body },
    { signingDate: new Date(Date.now() - age * 1000) },
  );
  return new Promise((resolve, reject) => {
    const length = { "content-length": String(Buffer.byteLength(body)) };
    const search = new URLSearchParams(query).toString();
    const options = {
      method,
      path: search ? `${path}?${search}` : path,
      headers: { ...tamper(signed.headers), ...length },
    };
    const sent = request(url, options, async (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text: await text(response) });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Returns the texts of all elements with this name, or the value of the first such key at any depth. Empty if there is none. */
export function named(answer: string, name: string): string {
  const elements = [...answer.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map(([, text = ""]) => text);
  if (elements.length > 0 || answer.startsWith("<")) return unescaped(elements.join(" "));
  let found: unknown;
  JSON.parse(/^[{[]/.test(answer) ? answer : "null", (key, value) => {
    if (key === name && value !== undefined) found ??= value;
    return value;
  });
  return typeof found === "string" ? found : (JSON.stringify(found) ?? "");
}

const entities = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" } as const;
const unescaped = (xml: string): string =>
  xml
    .replace(/&#(\d+);/g, (_, digits) => String.fromCodePoint(Number(digits)))
    .replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: keyof typeof entities) => entities[entity]);

/** `shows`: names to compare in a successful answer. */
export function answerOf({ status, headers, text }: Wire, shows: readonly string[] = []): Answer {
  const value = (name: string) => (typeof headers[name] === "string" ? String(headers[name]) : named(text, name));
  if (status < 400) return { status, reason: "", message: shows.map((name) => `${name}: ${value(name)}`).join(", ") };
  const type = String(headers["x-amzn-errortype"] ?? "").split(":")[0] ?? "";
  return {
    status,
    reason: type || named(text, "Code") || named(text, "code") || named(text, "__type"),
    message: named(text, "Message") || named(text, "message") || (/^\s*[<{]/.test(text) ? "" : text),
  };
}
