/** The API server: who asks, may they, and then the verb. */
import type { Answer, Call, Request } from "../http.ts";
import type { World } from "../state.ts";
import { createAuthenticator } from "./authenticator.ts";
import { allows, type User, type Wish } from "./rbac.ts";
import { forbidden, forbiddenPath, KubeFailure, methodNotAllowed, noSuchResource, unauthorized } from "./status.ts";
import { kinds } from "./store.ts";
import { verbOf } from "./verbs.ts";

const json = (status: number, body: unknown): Answer => {
  return { status, headers: { "content-type": "application/json" }, body: `${JSON.stringify(body)}\n` };
};
const text = (status: number, body: string, more: Record<string, string> = {}): Answer => {
  return { status, headers: { "content-type": "text/plain; charset=utf-8", ...more }, body };
};
const pages: Readonly<Record<string, Answer>> = {
  "/version": json(200, { major: "1", minor: "35", gitVersion: "v1.35.4", platform: "linux/amd64" }),
  ...Object.fromEntries(["/healthz", "/livez", "/readyz"].map((path) => [path, text(200, "ok")])),
};

const resourcePath =
  /^(?:\/api|\/apis\/(?<group>[^/]+))\/v1(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+))?$/;
const verbs: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };

function wishOf({ method, path }: Request): Wish {
  const { group = "", resource, namespace, name } = resourcePath.exec(path)?.groups ?? {};
  if (!resource) return { verb: method.toLowerCase(), path };
  const several = method === "DELETE" ? "deletecollection" : verbs[method];
  const verb = (name ? verbs[method] : several) ?? (name ? "get" : "list");
  // A namespace is in itself.
  return { verb, group, resource, namespace: resource === "namespaces" ? name : namespace, name };
}

function refusal({ name: user }: User, { verb, group = "", resource = "", namespace, name = "", path }: Wish) {
  const who = `User ${JSON.stringify(user)} cannot ${verb}`;
  if (path !== undefined) return forbiddenPath(`${who} path "${path}"`);
  const where = namespace ? `in the namespace "${namespace}"` : "at the cluster scope";
  return forbidden({ group, plural: resource }, name, `${who} resource "${resource}" in API group "${group}" ${where}`);
}

const administrator: User = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };
const anonymous: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };

export function kubeApi(world: World): (request: Request) => Call {
  const authenticate = createAuthenticator(world);

  function respond(request: Request): Answer {
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const known = (given: string) => (given === world.adminToken ? administrator : authenticate(given));
    const user = token === undefined ? anonymous : known(token);
    if (!user) throw unauthorized();
    const wish = wishOf(request);
    const { store } = world.state;
    if (!allows(store, user, wish)) throw refusal(user, wish);
    const kind = kinds.find(({ group, plural }) => group === wish.group && plural === wish.resource);
    if (!kind && kinds.some(({ group }) => group === wish.group)) throw noSuchResource();
    if (!kind) return pages[request.path] ?? text(404, "404 page not found\n");
    const namespace = kind.namespaced ? wish.namespace : undefined;
    const where = { kind, namespace, name: decodeURIComponent(wish.name ?? "") };
    const answer = verbOf(wish.verb, where)?.({ request, store, user, ...where });
    if (!answer) throw methodNotAllowed();
    return json(wish.verb === "create" ? 201 : 200, answer);
  }

  return (request) => {
    const { method, path, query, headers } = request;
    const action = `${method} ${path}${query.size > 0 ? `?${query}` : ""}`;
    const byAdministrator = headers.authorization === `Bearer ${world.adminToken}`;
    if (!byAdministrator) world.requests.push({ to: "kube", action, writes: method !== "GET" });
    return {
      action,
      refuse() {
        if (byAdministrator || world.faults.tooManyRequests <= 0) return undefined;
        world.faults.tooManyRequests--;
        const headers = { "retry-after": `${world.faults.retryAfter}` };
        return text(429, "Too many requests, please try again later.\n", headers);
      },
      run() {
        try {
          return respond(request);
        } catch (error) {
          const message = `Internal error occurred: ${(error as Error).message}`;
          const { code, body } = error instanceof KubeFailure ? error : new KubeFailure(500, "InternalError", message);
          return json(code, body);
        }
      },
    };
  };
}
