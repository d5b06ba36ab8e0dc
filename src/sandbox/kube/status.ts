/** `Status` objects, with the API server's messages. Source: k8s.io/apimachinery/pkg/api/errors */
import type { Json } from "./object.ts";

/** The resource in a `Status`, whose `kind` is the plural. */
export type About = { readonly group?: string; readonly plural?: string | undefined };

interface More {
  readonly of?: About | undefined;
  readonly name?: string | undefined;
  readonly reason?: string | undefined;
  readonly causes?: readonly object[];
  readonly retryAfterSeconds?: number;
  readonly metadata?: object;
}

const reasons: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  ...{
    406: "NotAcceptable",
    409: "Conflict",
    410: "Expired",
    413: "RequestEntityTooLarge",
    415: "UnsupportedMediaType",
    422: "Invalid",
  },
  429: "TooManyRequests",
  500: "InternalError",
  501: "NotImplemented",
  504: "Timeout",
};

/** `deployments.apps "web"` */
const title = ({ group, plural = "" }: About, name: string): string =>
  (group ? `${plural}.${group}` : plural) + (name && ` "${name}"`);

export type Failure = ReturnType<typeof failure>;
/** An error whose `status` is the answer to the request. */
export function failure(code: number, message: string, more: More = {}) {
  const { of, name, causes, retryAfterSeconds, metadata = {} } = more;
  const reason = "reason" in more ? more.reason : reasons[code];
  const about = { name: name || undefined, group: of?.group || undefined, kind: of?.plural };
  const details = of || causes || retryAfterSeconds ? { ...about, causes, retryAfterSeconds } : undefined;
  const status = { kind: "Status", apiVersion: "v1", metadata, status: "Failure", message, reason, details, code };
  return Object.assign(new Error(message), { status });
}

/** For everything that Kubernetes supports and the sandbox does not. */
export const notSupported = (what: string): Error => failure(501, `the sandbox does not support ${what}`);
/** For what should not happen. */
export const internal = (error: unknown): Failure =>
  failure(500, `Internal error occurred: ${error}`, { causes: [{ message: `${error}` }] });
export const badRequest = (message: string): Error => failure(400, message);
export const forbidden = (of: About, name: string, why: string): Failure =>
  failure(403, `${title(of, name)} is forbidden: ${why}`, { of, name });
export const notFound = (of: About, name: string): Error => failure(404, `${title(of, name)} not found`, { of, name });
export const noSuchResource = (): Error => failure(404, "the server could not find the requested resource", { of: {} });
export const notAllowed = (): Error =>
  failure(405, "the server does not allow this method on the requested resource", { of: {} });
export const alreadyExists = (of: About, name: string): Error =>
  failure(409, `${title(of, name)} already exists`, { of, name, reason: "AlreadyExists" });
const modified = "the object has been modified; please apply your changes to the latest version and try again";
export const conflict = (of: About, name: string, why = modified): Error =>
  failure(409, `Operation cannot be fulfilled on ${title(of, name)}: ${why}`, { of, name });
export const tooLargeVersion = (wanted: number | string, current: number): Error =>
  failure(504, `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    of: {},
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });

/** A field and its problem: `Invalid value: -1: must be …`. */
export type Problem = readonly [field: string, message: string];

const valueReasons: Readonly<Record<string, string>> = {
  Unsupported: "NotSupported",
  Required: "Required",
  Duplicate: "Duplicate",
  "Not found": "NotFound",
  Forbidden: "Forbidden",
  "Too long": "TooLong",
  "Too many": "TooMany",
};
export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/** The `Status` of a review, and of what has none, has no kind. */
export function invalid({ group, kind }: GroupKind, name: string, problems: readonly Problem[]) {
  const of = { group, plural: kind.endsWith("Review") ? undefined : kind || undefined };
  const reasonOf = (message: string) =>
    / in body must be of type /.test(message)
      ? "TypeInvalid"
      : (Object.entries(valueReasons).find(([start]) => message.startsWith(start))?.[1] ?? "Invalid");
  const causes = problems.map(([field, message]) => ({ reason: `FieldValue${reasonOf(message)}`, message, field }));
  const all = [...new Set(problems.map((problem) => problem.join(": ")))];
  const what = all.length > 1 ? `[${all.join(", ")}]` : all[0];
  return failure(422, `${title(of, "")} "${name}" is invalid: ${what}`, { of, name, causes });
}

export const wrong = (value: Json, why: string): string => `Invalid value: ${JSON.stringify(value ?? null)}: ${why}`;
export const duplicate = (value: Json): string => `Duplicate value: ${JSON.stringify(value)}`;
export const unsupported = (value: Json, supported: readonly Json[]): string =>
  `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map((one) => JSON.stringify(one)).join(", ")}`;
