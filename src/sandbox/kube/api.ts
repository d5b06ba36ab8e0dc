/** The API server: who asks, may they, and then the verb. */
import { Readable } from "node:stream";
import type { Answer, Call, Half, Request } from "../http.ts";
import type { Pairs, World } from "../state.ts";
import { authenticate } from "./authenticator.ts";
import { kindsOf } from "./crd.ts";
import type { Result } from "./handling.ts";
import { idOf, isUnknownHere, type Kind } from "./kinds.ts";
import { refuseUnknownOptions } from "./options.ts";
import { administrator, allows, anonymous, type User } from "./rbac.ts";
import { badRequest, type Failure, failure, forbidden, noSuchResource, notHere } from "./status.ts";
import type { Store } from "./store.ts";
import { type Target, targetOf } from "./target.ts";
import { verbOf } from "./verbs.ts";

function answer({ status = 200, body }: Result, more: Pairs = {}): Answer {
  if (typeof body === "string") return { status, headers: { "content-type": "text/plain", ...more }, body };
  const headers = { "content-type": "application/json", ...more };
  return { status, headers, body: body instanceof Readable ? body : `${JSON.stringify(body)}\n` };
}

function refusal({ name: user }: User, target: Target): Error {
  const { verb, group = "", resource = "", subresource, namespace, name = "", path } = target;
  const who = `User ${JSON.stringify(user)} cannot ${verb}`;
  if (path !== undefined) return failure(403, `forbidden: ${who} path "${path}"`, { of: {} });
  const where = namespace ? `in the namespace "${namespace}"` : "at the cluster scope";
  const plural = subresource ? `${resource}/${subresource}` : resource;
  return forbidden({ group, plural: resource }, name, `${who} resource "${plural}" in API group "${group}" ${where}`);
}

async function userOf(world: World, { headers }: Request): Promise<User> {
  const token = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
  if (token === undefined) return anonymous;
  return token === world.adminToken ? administrator : authenticate(world, token);
}

/** As whom the user asks. Source: "User impersonation" in Kubernetes' documentation */
function actingAs(store: Store, user: User, { headers }: Request): User {
  const { "impersonate-user": name, "impersonate-group": group } = headers;
  const other = Object.keys(headers).find((header) => /^impersonate-(uid|extra-)/.test(header));
  if (other) throw notHere(`the header ${other}`);
  if (group && !name) throw badRequest("requested [{Group  }] without impersonating a user");
  if (typeof name !== "string") return user;
  const groups = `${group ?? ""}`.split(", ").filter(Boolean);
  const wishes = [{ resource: "users", name }, ...groups.map((one) => ({ resource: "groups", name: one }))];
  const refused = wishes.find((wish) => !allows(store, user, { verb: "impersonate", group: "", ...wish }));
  if (refused) throw refusal(user, { verb: "impersonate", group: "", ...refused });
  return { name, groups: [...new Set([...groups, "system:authenticated"])] };
}

/** Paths that are no resources. */
const plain: Readonly<Record<string, object | string>> = {
  ...{ "/healthz": "ok", "/livez": "ok", "/readyz": "ok" },
  "/version": { major: "1", minor: "35", gitVersion: "v1.35.4", platform: "linux/amd64" },
};
const discovery = /^\/(apis?(\/[^/]+){0,2}|openapi(\/.*)?|metrics|logs(\/.*)?)\/?$/;

function fromPath(path: string): Result {
  const body = plain[path];
  if (body !== undefined) return { body };
  if (discovery.test(path)) throw notHere(`the path ${path}`);
  return { status: 404, body: "404 page not found\n" };
}

/** The kind of the target's resource, in the version that it names; throws 404, or 501 for what Kubernetes has. */
function kindFor(store: Store, { group = "", version, resource = "" }: Target): Kind | undefined {
  const served = kindsOf(store).filter((kind) => kind.group === group && kind.version === version);
  const kind = served.find(({ plural }) => plural === resource);
  if (kind) return kind;
  if (isUnknownHere(group, resource)) throw notHere(idOf(group, resource));
  if (served.length > 0) throw noSuchResource();
  return undefined;
}

async function respond(world: World, request: Request): Promise<Answer> {
  const [target, sender] = [targetOf(request), await userOf(world, request)];
  const { store } = world.state;
  const user = actingAs(store, sender, request);
  if (!allows(store, user, target)) throw refusal(user, target);
  const { accept = "*/*" } = request.headers;
  if (!/\*\/\*|application\/(\*|json *(;q=[^,]+)?(,|$))/.test(accept) && target.subresource !== "log")
    throw failure(406, "only the following media types are accepted: application/json");
  if (target.path !== undefined) return answer(fromPath(target.path));
  const kind = kindFor(store, target);
  if (!kind) return answer({ status: 404, body: "404 page not found\n" });
  const { verb, subresource, name = "" } = target;
  const isOfAll = /^(list|watch|create|deletecollection)$/.test(verb) && !subresource;
  const run = verbOf(kind, target);
  if (request.tooLong) throw failure(413, `Request entity too large: limit is ${maxBodyBytes}`);
  refuseUnknownOptions(subresource === "log" ? "log" : verb, request.query);
  const namespace = kind.namespaced ? target.namespace : undefined;
  return answer(run({ world, request, store, user, kind, namespace, name: isOfAll ? "" : name }));
}

/** Source: `MaxRequestBodyBytes` in k8s.io/apiserver/pkg/server/config.go */
const maxBodyBytes = 3 * 2 ** 20;
export const kube: Omit<Half, "server"> = { limit: maxBodyBytes, understand: kubeCall };

function kubeCall(world: World, request: Request): Call {
  const { method, path, query, headers } = request;
  const action = `${method} ${path}${query.size > 0 ? `?${query}` : ""}`;
  const byAdministrator = headers.authorization === `Bearer ${world.adminToken}`;
  if (!byAdministrator) world.requests.push({ to: "kube", action });
  return {
    action,
    async run() {
      const overloaded = "Too many requests, please try again later.\n";
      if (!byAdministrator && world.faults.tooManyRequests-- > 0)
        return answer({ status: 429, body: overloaded }, { "retry-after": `${world.faults.retryAfter}` });
      try {
        return await respond(world, request);
      } catch (thrown) {
        const { status = failure(500, `Internal error occurred: ${thrown}`).status } = thrown as Partial<Failure>;
        const seconds = status.details?.retryAfterSeconds;
        return answer({ status: status.code, body: status }, seconds ? { "retry-after": `${seconds}` } : {});
      }
    },
  };
}
