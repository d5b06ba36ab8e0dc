/** Kubernetes' `Status` objects, word for word. Source: k8s.io/apimachinery/pkg/api/errors */
import type { Kind } from "./store.ts";

/** What a `Status` is about; `plural` is its `kind`. */
type About = { readonly group?: string; readonly plural?: string | undefined; readonly causes?: readonly object[] };

const reasons: Readonly<Record<number, string>> = {
  ...{ 400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 405: "MethodNotAllowed" },
  ...{
    409: "Conflict",
    413: "RequestEntityTooLarge",
    415: "UnsupportedMediaType",
    422: "Invalid",
    500: "InternalError",
  },
};

/** `deployments.apps "web"` */
const title = ({ group, plural = "" }: About, name: string): string =>
  (group ? `${plural}.${group}` : plural) + (name && ` "${name}"`);

export type Failure = ReturnType<typeof failure>;
/** To be thrown where a request fails; its `status` is the answer. */
export function failure(code: number, message: string, of?: About, name = "", reason = reasons[code]) {
  const details = of && { name: name || undefined, group: of.group || undefined, kind: of.plural, causes: of.causes };
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" };
  return Object.assign(new Error(message), { status: { ...status, message, reason, details, code } });
}

export const forbidden = (of: About, name: string, why: string): Error =>
  failure(403, `${title(of, name)} is forbidden: ${why}`, of, name);
export const notFound = (of: About, name: string): Error => failure(404, `${title(of, name)} not found`, of, name);
export const alreadyExists = (of: About, name: string): Error =>
  failure(409, `${title(of, name)} already exists`, of, name, "AlreadyExists");
const modified = "the object has been modified; please apply your changes to the latest version and try again";
export const conflict = (of: About, name: string, why = modified): Error =>
  failure(409, `Operation cannot be fulfilled on ${title(of, name)}: ${why}`, of, name);
/** Of a review the API server does not tell the kind. */
export function invalid({ group, kind }: Kind, name: string, errors: readonly (readonly [string, string])[]) {
  const of = { group, plural: kind.endsWith("Review") ? undefined : kind };
  const reasonOf = (message: string) => `FieldValue${message.replace("Unsupported", "NotSupported").split(" ")[0]}`;
  const causes = errors.map(([field, message]) => ({ reason: reasonOf(message), message, field }));
  const all = errors.map((error) => error.join(": "));
  const what = all.length > 1 ? `[${all.join(", ")}]` : all[0];
  return failure(422, `${title(of, "")} "${name}" is invalid: ${what}`, { ...of, causes }, name);
}
