/**
 * OpenAPI v3, as little as kubectl needs: which kinds can be patched with `fieldValidation`, and the schemas of custom
 * resources. Of built-in kinds the sandbox has no schemas. Source: k8s.io/kubectl/pkg/util/openapi, pkg/explain/v2
 */
import { kindsOf } from "../crd.ts";
import type { Result } from "../handling.ts";
import { isReview, type Kind } from "../kinds.ts";
import type { Store } from "../store.ts";

/** By OpenAPI v2, kubectl checks the objects of a `List`. In an empty document, there is nothing to check them by. */
const version2 = { contentType: "application/com.github.proto-openapi.spec.v2@v1.0+protobuf", body: "" };

/** Returns undefined for a path that is not one of OpenAPI. */
export function openApi(store: Store, path: string): Result | undefined {
  if (path === "/openapi/v2") return version2;
  const body = version3(store, path);
  return body && { body };
}

function version3(store: Store, path: string): object | undefined {
  const [, prefix, rest] = /^\/openapi\/v3(?:\/(api|apis)\/(.+))?$/.exec(path) ?? [];
  if (!path.startsWith("/openapi/v3") || (path !== "/openapi/v3" && !prefix)) return undefined;
  const kinds = kindsOf(store);
  if (prefix) return documentOf(kinds.filter((kind) => rootOf(kind) === `${prefix}/${rest}`));
  const roots = [...new Set(kinds.map(rootOf))];
  // kubectl keeps a document for as long as its address is the same.
  const address = (root: string) => ({ serverRelativeURL: `/openapi/v3/${root}?hash=${store.version()}` });
  return { paths: Object.fromEntries(roots.map((root) => [root, address(root)])) };
}

/** `api/v1`, `apis/apps/v1` */
const rootOf = ({ group, apiVersion }: Kind): string => `${group ? "apis" : "api"}/${apiVersion}`;

const parameters = ["dryRun", "fieldManager", "fieldValidation"].map((name) => ({
  name,
  in: "query",
  schema: { type: "string" },
}));

function documentOf(kinds: readonly Kind[]): object | undefined {
  if (kinds.length === 0) return undefined;
  const paths = kinds.map((kind): readonly [string, object] => {
    const { group, version, kind: name, plural, namespaced } = kind;
    const gvk = { "x-kubernetes-group-version-kind": { group, version, kind: name } };
    const path = `/${rootOf(kind)}/${namespaced ? "namespaces/{namespace}/" : ""}${plural}`;
    const operation = { parameters, responses: {}, ...gvk };
    return isReview(kind) ? [path, { post: operation }] : [`${path}/{name}`, { get: operation, patch: operation }];
  });
  const schemas = kinds.map((kind) => [`${kind.group || "core"}.${kind.version}.${kind.kind}`, schemaOf(kind)]);
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.35.4" },
    paths: Object.fromEntries(paths),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

function schemaOf({ group, version, kind, custom }: Kind): object {
  const own = custom?.schema?.openAPIV3Schema ?? {
    type: "object",
    description: "The sandbox has no schemas of built-in kinds.",
    properties: { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: { type: "object" } },
  };
  return { ...own, "x-kubernetes-group-version-kind": [{ group, version, kind }] };
}
