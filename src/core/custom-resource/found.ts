/** Finds an object, even if the cluster no longer serves the version in its manifest, as after an upgrade. */
import type { Placed } from "../actions/manifests.ts";
import { hasCode } from "../errors.ts";
import { servedIn } from "../kube/discovery.ts";
import type { Stored, UntypedObject } from "../kube/object.ts";
import type { Kube } from "../kube/request.ts";
import { type Context, read } from "./object.ts";

/** The kind is gone, or nothing has such a name or such a version. */
const isAbsent = (error: unknown): boolean => hasCode(error, "ResourceNotServed", "InvalidName", "InvalidResource");

/** `undefined` for what cannot be there. */
export const ifServed = <T>(request: Promise<T>): Promise<T | undefined> =>
  request.catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });

interface Found {
  /** In the version in which it was found. */
  readonly one: Placed;
  readonly live: Stored<UntypedObject> | undefined;
}

export async function found(one: Placed, context: Context): Promise<Found> {
  try {
    return { one, live: await read(one, context) };
  } catch (error) {
    if (!isAbsent(error)) throw error;
    const other = hasCode(error, "ResourceNotServed") && (await inOtherVersion(one, context.kube));
    return other ? { one: other, live: await ifServed(read(other, context)) } : { one, live: undefined };
  }
}

interface Groups {
  readonly groups: readonly { readonly name: string; readonly versions: readonly { readonly version: string }[] }[];
}

/** Its object in a version that the group serves. Everyone whom the server knows may ask. */
async function inOtherVersion({ manifest, allowed, namespace }: Placed, kube: Kube): Promise<Placed | undefined> {
  // Without the core group, which has one version.
  const { groups } = await kube.request<Groups>({ path: "/apis" });
  for (const { version } of groups.find(({ name }) => name === allowed.group)?.versions ?? []) {
    const apiVersion = `${allowed.group}/${version}`;
    const served = (await ifServed(servedIn(kube, apiVersion))) ?? [];
    if (served.some(({ name }) => name === allowed.resource))
      return { manifest: { ...manifest, apiVersion }, allowed: { ...allowed, version }, namespace };
  }
  return undefined;
}
