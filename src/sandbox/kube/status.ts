/** Kubernetes' `Status` objects, word for word. Source: k8s.io/apimachinery/pkg/api/errors */
import type { Kind } from "./store.ts";

/** Thrown where a request fails; `body` is its answer. */
export class KubeFailure extends Error {
  readonly code: number;
  readonly body: unknown;
  constructor(code: number, reason: string, message: string, details?: object) {
    super(message);
    this.code = code;
    this.body = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, details, code };
  }
}

/** A wrong field: `spec.replicas`, `Invalid value: -1: must be …`. */
export type FieldError = { readonly field: string; readonly message: string };
type Named = Pick<Kind, "group" | "plural">;

const title = ({ group, plural }: Named, name = ""): string =>
  (group ? `${plural}.${group}` : plural) + (name && ` "${name}"`);
/** With the details that tell which object. */
const about = (code: number, reason: string, { group, plural }: Named, name: string, message: string): KubeFailure =>
  new KubeFailure(code, reason, message, { ...(name && { name }), ...(group && { group }), kind: plural });

export const unauthorized = (): KubeFailure => new KubeFailure(401, "Unauthorized", "Unauthorized");
export const badRequest = (message: string): KubeFailure => new KubeFailure(400, "BadRequest", message);
export const forbiddenPath = (why: string): KubeFailure => new KubeFailure(403, "Forbidden", `forbidden: ${why}`, {});
export const forbidden = (kind: Named, name: string, why: string): KubeFailure =>
  about(403, "Forbidden", kind, name, `${title(kind, name)} is forbidden: ${why}`);
export const notFound = (kind: Named, name: string): KubeFailure =>
  about(404, "NotFound", kind, name, `${title(kind, name)} not found`);
export const noSuchResource = (): KubeFailure =>
  new KubeFailure(404, "NotFound", "the server could not find the requested resource", {});
export const methodNotAllowed = (): KubeFailure =>
  new KubeFailure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
export const alreadyExists = (kind: Named, name: string): KubeFailure =>
  about(409, "AlreadyExists", kind, name, `${title(kind, name)} already exists`);
export const conflict = (kind: Named, name: string, why: string): KubeFailure =>
  about(409, "Conflict", kind, name, `Operation cannot be fulfilled on ${title(kind, name)}: ${why}`);
export const unsupportedMediaType = (message: string, details?: object): KubeFailure =>
  new KubeFailure(415, "UnsupportedMediaType", message, details);
export function invalid({ group, kind }: Kind, name: string, errors: readonly FieldError[]): KubeFailure {
  const all = errors.map(({ field, message }) => `${field}: ${message}`);
  const message = `${title({ group, plural: kind })} "${name}" is invalid: ${all.length > 1 ? `[${all.join(", ")}]` : all[0]}`;
  return about(422, "Invalid", { group, plural: kind }, name, message);
}
