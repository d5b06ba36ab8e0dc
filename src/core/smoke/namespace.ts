/** The namespace of a smoke test. */

import { managedBy } from "../actions/deployment.ts";
import type { Clock } from "../clock.ts";
import { command } from "../command.ts";
import { EksLambdaError, hasCode } from "../errors.ts";
import { listOf } from "../kube/list.ts";
import { type Location, pathTo } from "../kube/place.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import type { Waiting } from "../plan.ts";
import { idOf, type SmokeNames, smokeKey } from "./names.ts";

interface Namespace {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
  };
  readonly status?: { readonly conditions?: readonly { readonly status?: string; readonly message?: string }[] };
}

const namespaces: Location = { apiVersion: "v1", plural: "namespaces" };
const at = (name: string) => pathTo({ ...namespaces, name });

/** A request that is sent again finds the one that it made. */
export async function makeNamespace(kube: Kube, { id, namespace: name }: SmokeNames): Promise<void> {
  const metadata = { name, labels: { ...managedBy, [smokeKey]: id } };
  const body = { apiVersion: "v1", kind: "Namespace", metadata };
  await kube.request({ method: "POST", path: pathTo(namespaces), body }).catch((error: unknown) => {
    if (!hasCode(error, "AlreadyExists")) throw error;
  });
}

export interface FoundTest {
  readonly id: string;
  /** When it began, in milliseconds since 1970, by the cluster's clock. */
  readonly since: number;
}

/** A test takes less, even where Lambda has to delete network interfaces. */
const longestMs = 3_600_000;

export const mayStillRun = ({ since }: FoundTest, now: number): boolean => now - since < longestMs;

/** The smoke tests of which something may be left. */
export async function smokeTests(kube: Kube): Promise<readonly FoundTest[]> {
  const path = pathTo(namespaces);
  const { items } = listOf(
    await kube.request<{ items: readonly Namespace[] }>({ path, query: { labelSelector: smokeKey } }),
  );
  return items.flatMap(({ metadata: { name, labels = {}, creationTimestamp = "" } }) => {
    const id = idOf(name, labels[smokeKey]);
    return id === undefined ? [] : [{ id, since: Date.parse(creationTimestamp) || 0 }];
  });
}

/** `undefined` also for a namespace of others with this name. */
async function found(kube: Kube, { id, namespace }: SmokeNames): Promise<Namespace | undefined> {
  const one = await ifFound(kube.request<Namespace>({ path: at(namespace) }));
  return idOf(namespace, one?.metadata.labels?.[smokeKey]) === id ? one : undefined;
}

export const hasNamespace = async (kube: Kube, names: SmokeNames): Promise<boolean> =>
  (await found(kube, names)) !== undefined;

const kinds: readonly (readonly [apiVersion: string, plural: string])[] = [
  ["rbac.authorization.k8s.io/v1", "roles"],
  ["rbac.authorization.k8s.io/v1", "rolebindings"],
  ["apps/v1", "deployments"],
];

/** What teardown and revoke should have deleted. */
export async function leftInside(kube: Kube, { namespace }: SmokeNames): Promise<readonly string[]> {
  const all = kinds.map(async ([apiVersion, plural]) => {
    const path = pathTo({ apiVersion, plural, namespace });
    const { items } = listOf(await kube.request<{ items: readonly Namespace[] }>({ path }));
    return items.map(({ metadata }) => `${plural} ${metadata.name}`);
  });
  return (await Promise.all(all)).flat();
}

const pauseMs = 1_000;
const mostLooks = 300;

interface Ports {
  readonly kube: Kube;
  readonly clock: Pick<Clock, "sleep">;
}

/** Deletes it with what is in it, and waits until it is gone. */
export async function removeNamespace({ kube, clock }: Ports, names: SmokeNames, waiting: Waiting): Promise<void> {
  for (let look = 0; ; look++) {
    const now = await found(kube, names);
    if (!now) return;
    const { name, uid } = now.metadata;
    if (look === 0) await ifFound(kube.request({ method: "DELETE", path: at(name), body: { preconditions: { uid } } }));
    if (look === mostLooks)
      throw new EksLambdaError("Timeout", `the namespace ${name} is still being deleted`, {
        hint: command`kubectl get namespace ${name} --output yaml`,
      });
    const [why] = (now.status?.conditions ?? []).filter(({ status }) => status === "True");
    waiting(why?.message ?? `the namespace ${name} to go`);
    await clock.sleep(pauseMs);
  }
}
