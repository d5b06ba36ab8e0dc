/** The API server: authenticates, authorizes and runs a request. */
import { Readable } from "node:stream";
import type { Call, Half } from "../http.ts";
import type { Pairs } from "../model.ts";
import type { Answer, Request } from "../request.ts";
import type { World } from "../state.ts";
import { formOf } from "./accept.ts";
import { type Templated, warningAbout } from "./admission/pod-security.ts";
import { authenticate, reviewToken } from "./authenticator.ts";
import { authorize } from "./authorize.ts";
import { kindsOf } from "./crd.ts";
import type { Handling, Result } from "./handling.ts";
import { idOf, isNeverThere, isReview, isUnsupported, type Kind, kinds } from "./kinds.ts";
import { refuseUnknownOptions } from "./options.ts";
import { administrator, anonymous, type User } from "./rbac.ts";
import { discovery } from "./read/discovery.ts";
import { formed } from "./read/form.ts";
import { openApi } from "./read/openapi.ts";
import {
  badRequest,
  type Failure,
  failure,
  internal,
  noSuchResource,
  notAllowed,
  notFound,
  notSupported,
} from "./status.ts";
import type { Store } from "./store.ts";
import { type Target, targetOf } from "./target.ts";
import { verbOf } from "./verbs.ts";
import { isTooDeep } from "./write/depth.ts";

function answer({ status = 200, body, contentType }: Result, more: Pairs = {}): Answer {
  const isText = typeof body === "string";
  const headers = { "content-type": contentType ?? (isText ? "text/plain" : "application/json"), ...more };
  if (isText) return { status, headers, body };
  return { status, headers, body: body instanceof Readable ? body : `${JSON.stringify(body)}\n` };
}

async function userOf(world: World, { headers }: Request): Promise<User> {
  const token = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
  if (token === undefined) return anonymous;
  return token === world.adminToken ? administrator : authenticate(world, token);
}

/** The user that the request impersonates, or its sender. Source: "User impersonation" in the Kubernetes documentation */
function actingAs(store: Store, user: User, { headers }: Request): User {
  const { "impersonate-user": name, "impersonate-group": group } = headers;
  const other = Object.keys(headers).find((header) => /^impersonate-(uid|extra-)/.test(header));
  if (other) throw notSupported(`the header ${other}`);
  if (group && !name) throw badRequest("requested [{Group  }] without impersonating a user");
  if (typeof name !== "string") return user;
  const groups = `${group ?? ""}`.split(", ").filter(Boolean);
  const wishes = [{ resource: "users", name }, ...groups.map((one) => ({ resource: "groups", name: one }))];
  for (const wish of wishes) authorize(store, user, { verb: "impersonate", group: "", ...wish });
  return { name, groups: [...new Set([...groups, "system:authenticated"])] };
}

/** Answers of non-resource paths. */
const plain: Readonly<Record<string, object | string>> = {
  "/healthz": "ok",
  "/livez": "ok",
  "/readyz": "ok",
  "/version": { major: "1", minor: "35", gitVersion: "v1.35.4", platform: "linux/amd64" },
};
/** OpenAPI, metrics, and requests to be proxied. */
const unsupportedPaths = /^\/(openapi(\/.*)?|metrics|logs(\/.*)?)\/?$|\/proxy\//;

function fromPath(store: Store, path: string, accept: string): Result {
  const body = plain[path];
  const found = body === undefined ? (openApi(store, path) ?? discovery(store, path, accept)) : { body };
  if (found) return found;
  if (unsupportedPaths.test(path)) throw notSupported(`the path ${path}`);
  return { status: 404, body: "404 page not found\n" };
}

/** Returns the kind of the target's resource. Throws 404, or 501 if Kubernetes serves it and the sandbox does not. */
function kindFor(store: Store, { group = "", version, resource = "", verb, name }: Target): Kind | undefined {
  const served = kindsOf(store).filter((kind) => kind.group === group && kind.version === version);
  const kind = served.find(({ plural }) => plural === resource);
  if (kind) return kind;
  // Tools delete what may be there. What nobody can create is not.
  if (verb === "delete" && name && isNeverThere(group, resource)) throw notFound({ group, plural: resource }, name);
  if (isUnsupported(group, resource)) throw notSupported(idOf(group, resource));
  if (served.length > 0) throw noSuchResource();
  return undefined;
}

/** Objects of a namespaced kind are listed and watched in all namespaces; nothing else is done there. */
function refuseNowhere(kind: Kind, { namespace, verb, name, subresource }: Target): void {
  if (!kind.namespaced || namespace !== undefined || /^(list|watch)$/.test(verb)) return;
  if (isReview(kind) || subresource || name) throw noSuchResource();
  throw notAllowed();
}

async function respond(world: World, request: Request): Promise<Answer> {
  const [target, sender] = [targetOf(request), await userOf(world, request)];
  const { store, logs, streams } = world.state;
  const user = actingAs(store, sender, request);
  authorize(store, user, target);
  world.uses.push({ user: user.name, ...target });
  if (target.path === "/authenticate") return answer({ body: await reviewToken(world, request) });
  const { accept = "*/*" } = request.headers;
  if (target.path !== undefined) return answer(fromPath(store, target.path, accept));
  const form = target.subresource === "log" ? "object" : formOf(request);
  const kind = kindFor(store, target);
  if (!kind) return answer({ status: 404, body: "404 page not found\n" });
  if (target.namespace !== undefined && !kind.namespaced && kind.plural !== "namespaces") throw noSuchResource();
  const { verb, subresource, name = "" } = target;
  refuseNowhere(kind, target);
  const isOfAll = /^(list|watch|create|deletecollection)$/.test(verb) && !subresource;
  const run = verbOf(kind, target);
  if (request.tooLong) throw failure(413, `Request entity too large: limit is ${maxBodyBytes}`);
  if (isTooDeep(request.body)) throw badRequest("json: exceeded max depth");
  refuseUnknownOptions(subresource === "log" ? "log" : verb, request.query);
  const namespace = kind.namespaced ? target.namespace : undefined;
  const place = { kind, namespace, name: isOfAll ? "" : name };
  const warnings = new Set<string>();
  const handling = { clock: world.clock, store, logs, streams, request, form, warnings, user, ...place };
  const result = run(handling);
  // An apply that creates its object needs this right, too.
  if (verb === "patch" && result.status === 201) world.uses.push({ user: user.name, ...target, verb: "create" });
  if (!subresource) warnOfPods(handling, verb, result);
  const isWhole = verb === "watch" || subresource;
  return answer(isWhole ? result : formed(handling, result), headersOf(warnings));
}

/** Warns about a workload whose Pods its namespace would not admit. */
function warnOfPods({ store, kind, namespace = "", warnings }: Handling, verb: string, { body }: Result): void {
  const isWorkload = /^(create|update|patch)$/.test(verb) && /^(apps|batch)$/.test(kind.group);
  const home = isWorkload && store.get(kinds.namespaces, undefined, namespace);
  const warning = home && warningAbout(home, body as Templated);
  if (warning) warnings.add(warning);
}

const headersOf = (warnings: ReadonlySet<string>): Pairs =>
  warnings.size > 0 ? { warning: [...warnings].map((one) => `299 - ${JSON.stringify(one)}`).join(", ") } : {};

/** Source: `MaxRequestBodyBytes` in k8s.io/apiserver/pkg/server/config.go */
const maxBodyBytes = 3 * 2 ** 20;
export const kube: Omit<Half, "server"> = { limit: maxBodyBytes, parse: kubeCall };

/** Logs what is a mistake of the sandbox, and answers with it. */
function unexpected(error: unknown): Failure["status"] {
  process.stderr.write(`the sandbox failed: ${error instanceof Error ? error.stack : error}\n`);
  return internal(error).status;
}

function kubeCall(world: World, request: Request): Call {
  const { method, path, query, headers } = request;
  const action = `${method} ${path}${query.size > 0 ? `?${query}` : ""}`;
  const byAdministrator = headers.authorization === `Bearer ${world.adminToken}`;
  if (!byAdministrator) world.requests.push({ to: "kube", action });
  return {
    action,
    byAdministrator,
    async run() {
      const overloaded = "Too many requests, please try again later.\n";
      const { faults } = world;
      if (!byAdministrator && faults.tooManyRequests > 0) {
        faults.tooManyRequests--;
        return answer({ status: 429, body: overloaded }, { "retry-after": `${faults.retryAfter}` });
      }
      try {
        return await respond(world, request);
      } catch (thrown) {
        const { status = unexpected(thrown) } = thrown as Partial<Failure>;
        const seconds = status.details?.retryAfterSeconds;
        return answer({ status: status.code, body: status }, seconds ? { "retry-after": `${seconds}` } : {});
      }
    },
  };
}
