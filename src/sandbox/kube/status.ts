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

const title = ({ group, plural }: Named): string => (group ? `${plural}.${group}` : plural);
const about = ({ group, plural }: Named, name: string) => ({
  ...(name && { name }),
  ...(group && { group }),
  kind: plural,
});

export const unauthorized = (): KubeFailure => new KubeFailure(401, "Unauthorized", "Unauthorized");
export const badRequest = (message: string): KubeFailure => new KubeFailure(400, "BadRequest", message);
export const forbidden = (kind: Named, name: string, why: string): KubeFailure => {
  const what = title(kind) && `${title(kind)}${name && ` "${name}"`} is `;
  return new KubeFailure(403, "Forbidden", `${what}forbidden: ${why}`, title(kind) ? about(kind, name) : {});
};
export const notFound = (kind: Named, name: string): KubeFailure =>
  new KubeFailure(404, "NotFound", `${title(kind)} "${name}" not found`, about(kind, name));
export const alreadyExists = (kind: Named, name: string): KubeFailure =>
  new KubeFailure(409, "AlreadyExists", `${title(kind)} "${name}" already exists`, about(kind, name));
export function conflict(kind: Named, name: string, why: string): KubeFailure {
  const message = `Operation cannot be fulfilled on ${title(kind)} "${name}": ${why}`;
  return new KubeFailure(409, "Conflict", message, about(kind, name));
}
export function unsupportedMediaType(accepted: string): KubeFailure {
  const message = "the body of the request was in an unknown format - accepted media types include: ";
  return new KubeFailure(415, "UnsupportedMediaType", message + accepted, {});
}
export function methodNotAllowed(): KubeFailure {
  return new KubeFailure(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}
export function invalid({ group, kind }: Kind, name: string, errors: readonly FieldError[]): KubeFailure {
  const all = errors.map(({ field, message }) => `${field}: ${message}`);
  const text = `${group ? `${kind}.${group}` : kind} "${name}" is invalid: ${all.length > 1 ? `[${all.join(", ")}]` : all[0]}`;
  const causes = errors.map(({ field, message }) => ({ reason: `FieldValue${message.split(" ")[0]}`, message, field }));
  return new KubeFailure(422, "Invalid", text, { name, ...(group && { group }), kind, causes });
}
