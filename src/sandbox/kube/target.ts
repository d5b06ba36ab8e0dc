/** Parses a request for authorization. Source: k8s.io/apiserver/pkg/endpoints/request */
import type { Request } from "../request.ts";
import { badRequest } from "./status.ts";

/** A resource, or a non-resource path. */
export interface Target {
  readonly verb: string;
  readonly path?: string;
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly resource?: string | undefined;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

const verbs: Readonly<Record<string, string>> = {
  GET: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** True for a query parameter with any value except `false` and `0`. */
export const isOn = (value: string | null): boolean => value !== null && !/^(false|0)$/i.test(value);

export function targetOf({ method, path, query }: Request): Target {
  const [api, ...parts] = path.split("/").slice(1).map(decoded);
  const group = api === "apis" ? parts.shift() : "";
  const version = parts.shift();
  if (!/^apis?$/.test(api ?? "") || parts.length === 0) return { verb: method.toLowerCase(), path };
  // A request for a namespace is in that namespace.
  const namespace = parts[0] === "namespaces" ? parts[1] : undefined;
  const isInside = namespace && parts.length > 2 && !/^(status|finalize)$/.test(parts[2] ?? "");
  const [resource, ...rest] = isInside ? parts.slice(2) : parts;
  const [name, subresource, ...more] = rest;
  if (parts.includes("") || more.length > 0) return { verb: method.toLowerCase(), path };
  const of = { group, version, resource, subresource, namespace };
  const verb = verbs[method] ?? "";
  if (name) return { verb, ...of, name };
  if (verb === "delete") return { verb: "deletecollection", ...of };
  if (verb !== "get") return { verb, ...of };
  const selected = /(?:^|,)metadata\.name==?([^,]+)/.exec(query.get("fieldSelector") ?? "")?.[1];
  return { verb: isOn(query.get("watch")) ? "watch" : "list", ...of, name: selected };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`invalid URL escape in "${segment}"`);
  }
}
