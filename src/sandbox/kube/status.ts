/** Kubernetes' `Status` objects, word for word. Source: k8s.io/apimachinery/pkg/api/errors */
import type { Kind } from "./store.ts";

/** What a `Status` is about. */
type Named = Pick<Kind, "group" | "plural">;

const reasons: Readonly<Record<number, string>> = {
  ...{ 400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 405: "MethodNotAllowed" },
  ...{ 409: "Conflict", 415: "UnsupportedMediaType", 422: "Invalid", 500: "InternalError" },
};

/** `deployments.apps "web"` */
const title = ({ group, plural }: Named, name: string): string =>
  (group ? `${plural}.${group}` : plural) + (name && ` "${name}"`);

/** To be thrown where a request fails; its cause is the answer. */
export function failure(code: number, message: string, of?: Named, name = "", reason = reasons[code]): Error {
  const details = of && { ...(name && { name }), ...(of.group && { group: of.group }), kind: of.plural };
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" };
  return new Error(message, { cause: { ...status, message, reason, ...(details && { details }), code } });
}

export const forbidden = (of: Named, name: string, why: string): Error =>
  failure(403, `${title(of, name)} is forbidden: ${why}`, of, name);
export const notFound = (of: Named, name: string): Error => failure(404, `${title(of, name)} not found`, of, name);
export const alreadyExists = (of: Named, name: string): Error =>
  failure(409, `${title(of, name)} already exists`, of, name, "AlreadyExists");
export const conflict = (of: Named, name: string, why: string): Error =>
  failure(409, `Operation cannot be fulfilled on ${title(of, name)}: ${why}`, of, name);
export const invalidName = ({ group, kind: plural }: Kind, name: string, why: string): Error => {
  const what = `metadata.name: Invalid value: ${JSON.stringify(name)}: ${why}`;
  return failure(422, `${title({ group, plural }, "")} "${name}" is invalid: ${what}`, { group, plural }, name);
};
