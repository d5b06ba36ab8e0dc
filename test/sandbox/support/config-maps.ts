/** Resources of stacks that have ConfigMaps, in the sandbox. */
import { expect } from "vitest";
import { allowedOf } from "./actions.ts";
import { useSandbox } from "./sandbox.ts";
import { resourceOf } from "./stack.ts";

const kinds = [
  "configmaps",
  "services",
  "deployments",
  "secrets",
  "roles",
  "namespaces",
  "customresourcedefinitions",
  "widgets",
];
/** What the function of these resources may do. */
export const allowed = allowedOf(...[...kinds, "configmaps@shop"].flatMap((one) => [`apply:${one}`, `delete:${one}`]));
export const owner = "111122223333/us-east-1/eks-lambda-demo";

export const configMap = (name: string, data = {}, metadata = {}) => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", data },
  metadata: { name, ...metadata },
});
export const manifest = (...manifests: readonly object[]) => ({ Manifest: JSON.stringify(manifests) });
export const overwriting = (...manifests: readonly object[]) => ({ ...manifest(...manifests), Overwrite: "true" });
export const success = { Status: "SUCCESS" };
export const failure = (Reason: RegExp) => ({ Status: "FAILED", Reason: expect.stringMatching(Reason) });

/** The ConfigMaps of `default`. */
export const path = "/api/v1/namespaces/default/configmaps";

/** To be called once in a file, outside of tests. */
export function useConfigMaps() {
  const used = useSandbox();
  const { kube } = used;
  const read = async (name: string) => {
    const { status, body } = await kube("GET", `${path}/${name}`);
    return status === 200 ? body : undefined;
  };
  return {
    ...{ used, kube, read },
    resource: (name: string, more = {}) => resourceOf(used)(name, { allowed, owner, ...more }),
    names: async (): Promise<readonly string[]> =>
      (await kube("GET", path)).body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
    ownersOf: async (name: string) =>
      JSON.parse((await read(name))?.metadata.annotations?.["eks-lambda/owners"] ?? "null"),
  };
}

interface Sent {
  readonly method: string;
  readonly path: string;
}
export const isCreate = ({ method, path }: Sent) => method === "POST" && !path.includes("dryRun");
export const isPatch = ({ method }: Sent) => method === "PATCH";

/** Acts before a request that matches: the first one, or the one with this index. */
export function actingBefore(matches: (request: Sent) => boolean, act: () => Promise<unknown>, index = 0) {
  let found = 0;
  return async (request: Sent): Promise<void> => {
    if (matches(request) && found++ === index) await act();
  };
}
