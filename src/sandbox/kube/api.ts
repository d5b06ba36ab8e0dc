/** The API server: who asks, may they, and then the verb. */
import type { Answer, Call, Half, Request } from "../http.ts";
import type { Pairs, World } from "../state.ts";
import { authenticate } from "./authenticator.ts";
import { administrator, allows, anonymous, type User, type Wish } from "./rbac.ts";
import { type Failure, failure, forbidden } from "./status.ts";
import { kinds } from "./store.ts";
import { maxBodyBytes, verbOf } from "./verbs.ts";

const answer = (status: number, body: unknown, more: Pairs = {}): Answer => {
  if (typeof body === "string") return { status, headers: { "content-type": "text/plain", ...more }, body };
  return { status, headers: { "content-type": "application/json" }, body: `${JSON.stringify(body)}\n` };
};

const resourcePath =
  /^(?:\/api|\/apis\/(?<group>[^/]+))\/v1(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+))?$/;
const verbs: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };

function wishOf({ method, path }: Request): Wish {
  const { group = "", resource, namespace, name } = resourcePath.exec(path)?.groups ?? {};
  if (!resource) return { verb: method.toLowerCase(), path };
  const verb = verbs[method] ?? (name ? "get" : "list");
  // A namespace is in itself.
  return { verb, group, resource, namespace: resource === "namespaces" ? name : namespace, name };
}

function refusal({ name: user }: User, { verb, group = "", resource = "", namespace, name = "", path }: Wish): Error {
  const who = `User ${JSON.stringify(user)} cannot ${verb}`;
  if (path !== undefined) return failure(403, `forbidden: ${who} path "${path}"`, {});
  const where = namespace ? `in the namespace "${namespace}"` : "at the cluster scope";
  return forbidden({ group, plural: resource }, name, `${who} resource "${resource}" in API group "${group}" ${where}`);
}

async function userOf(world: World, { headers }: Request): Promise<User> {
  const token = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
  if (token === undefined) return anonymous;
  return token === world.adminToken ? administrator : authenticate(world, token);
}

async function respond(world: World, request: Request): Promise<Answer> {
  const [user, wish] = [await userOf(world, request), wishOf(request)];
  const {
    clock,
    state: { store },
  } = world;
  if (!allows(store, user, wish)) throw refusal(user, wish);
  if (wish.path === "/version") return answer(200, { major: "1", minor: "35", gitVersion: "v1.35.4" });
  const kind = kinds.find(({ group, plural }) => group === wish.group && plural === wish.resource);
  if (!kinds.some(({ group }) => group === wish.group)) return answer(404, "404 page not found\n");
  if (!kind) throw failure(404, "the server could not find the requested resource", {});
  const namespace = kind.namespaced ? wish.namespace : undefined;
  const name = decodeURIComponent(wish.name ?? "");
  const verb = verbOf(wish.verb, kind, name);
  if (!verb) throw failure(405, "the server does not allow this method on the requested resource", {});
  return answer(wish.verb === "create" ? 201 : 200, verb({ request, clock, store, user, kind, namespace, name }));
}

export const kube: Omit<Half, "server"> = { limit: maxBodyBytes, understand: kubeCall };

function kubeCall(world: World, request: Request): Call {
  const { method, path, query, headers } = request;
  const action = `${method} ${path}${query.size > 0 ? `?${query}` : ""}`;
  const byAdministrator = headers.authorization === `Bearer ${world.adminToken}`;
  if (!byAdministrator) world.requests.push({ to: "kube", action });
  return {
    action,
    async run() {
      if (!byAdministrator && world.faults.tooManyRequests-- > 0)
        return answer(429, "Too many requests, please try again later.\n", {
          "retry-after": `${world.faults.retryAfter}`,
        });
      try {
        return await respond(world, request);
      } catch (thrown) {
        const { status = failure(500, `Internal error occurred: ${thrown}`).status } = thrown as Partial<Failure>;
        return answer(status.code, status);
      }
    },
  };
}
