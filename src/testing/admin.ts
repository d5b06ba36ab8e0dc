/** A client of the cluster's administrator. It takes objects of any kind as they are in a manifest. */
import { hasCode, usageError } from "../core/errors.ts";
import type { Client } from "../core/kube/client.ts";
import { connectByToken } from "../core/kube/connection.ts";
import { type Served, servedIn } from "../core/kube/discovery.ts";
import type { KubeObject, Stored, UntypedObject } from "../core/kube/object.ts";
import { createKube, type Kube } from "../core/kube/request.ts";
import { resource } from "../core/kube/resource.ts";
import { holds } from "../core/kube/workloads.ts";

/**
 * An administrator of the cluster. It is a client as `connect` returns it: `resource("v1", "pods").on(sandbox.admin)` has
 * every method. Its own methods take objects as in a manifest, with `apiVersion`, `kind` and `metadata.name`; without a
 * namespace, an object is in the sandbox's. They throw `KubernetesError` for what the server refuses.
 */
export interface Admin extends Kube {
  readonly namespace: string;
  /**
   * Creates the object or changes it, by server-side apply. Takes over fields of other owners. Waits until the kind of a
   * CustomResourceDefinition is served.
   */
  apply<T extends KubeObject = UntypedObject>(object: T): Promise<Stored<T>>;
  get<T extends KubeObject = UntypedObject>(object: T): Promise<Stored<T>>;
  /** All objects of the kind, in the namespace of `metadata` or the sandbox's. */
  list<T extends KubeObject = UntypedObject>(kind: T): Promise<readonly Stored<T>[]>;
  delete(object: KubeObject): Promise<void>;
}

export interface AdminAddress {
  readonly endpoint: string;
  /** PEM in base64. */
  readonly ca: string;
  readonly token: string;
  readonly namespace: string;
}

export function adminOf({ endpoint, ca, token, namespace }: AdminAddress): Admin {
  const connection = connectByToken(endpoint, ca, async () => token);
  const kube = createKube(connection, undefined, { namespace, fieldManager: "eks-lambda-testing" });
  const placeOf = discover(kube);

  /** The handle for an object: of its namespace, or of a kind without. */
  async function handleOf({ metadata, ...object }: KubeObject): Promise<Client<UntypedObject>> {
    const { apiVersion, plural, namespaced } = await placeOf(object);
    const made = resource(apiVersion, plural);
    const placed = namespaced ? made.in(metadata?.namespace ?? namespace) : made.clusterScoped();
    return placed.on(kube) as Client<UntypedObject>;
  }

  return {
    ...kube,
    namespace,
    async apply(object) {
      const handle = await handleOf(object);
      const metadata = { ...object.metadata, name: nameOf(object) };
      const manifest = { ...object, kind: object.kind ?? "", metadata };
      const applied = await handle.apply(manifest as never, { force: true });
      const isDefinition = object.kind === "CustomResourceDefinition";
      return (isDefinition ? await handle.until({ name: metadata.name }, isEstablished) : applied) as never;
    },
    async get(object) {
      const handle = await handleOf(object);
      return (await handle.get({ name: nameOf(object) })) as never;
    },
    async list(kind) {
      const handle = await handleOf(kind);
      return (await handle.list().toArray()) as never;
    },
    async delete(object) {
      const handle = await handleOf(object);
      await handle.delete({ name: nameOf(object) });
    },
  };
}

const isEstablished = (definition: object): boolean => holds(definition, "Established");

function nameOf({ kind, metadata }: KubeObject): string {
  if (metadata?.name) return metadata.name;
  throw usageError("InvalidName", `the ${kind} has no metadata.name`);
}

/** Finds the plural of a kind by discovery. */
function discover(kube: Kube) {
  const known = new Map<string, Served>();
  return async ({ apiVersion = "", kind = "" }: KubeObject) => {
    const key = `${apiVersion} ${kind}`;
    const found = known.get(key) ?? (await served(kube, apiVersion)).find((one) => one.kind === kind);
    if (!found) throw usageError("InvalidResource", `the cluster has no kind "${kind}" in apiVersion "${apiVersion}"`);
    known.set(key, found);
    return { apiVersion, plural: found.name, namespaced: found.namespaced };
  };
}

async function served(kube: Kube, apiVersion: string): Promise<readonly Served[]> {
  if (!/^([a-z0-9.-]+\/)?v[a-z0-9]+$/.test(apiVersion)) return [];
  return servedIn(kube, apiVersion).catch((error: unknown) => {
    if (hasCode(error, "ResourceNotServed")) return [];
    throw error;
  });
}
