/** Finds an object, also in another version than its manifest has: an upgrade of the cluster may have removed that one. */
import type { Placed } from "../actions/manifests.ts";
import { hasCode } from "../errors.ts";
import { servedIn } from "../kube/discovery.ts";
import type { Stored, UntypedObject } from "../kube/object.ts";
import type { Kube } from "../kube/request.ts";
import { type Context, read } from "./object.ts";

/** `undefined` for what cannot be there: its kind is gone, or it has a name or a version that nothing has. */
export const ifServed = <T>(request: Promise<T>): Promise<T | undefined> =>
  request.catch((error: unknown) => {
    if (hasCode(error, "ResourceNotServed", "InvalidName", "InvalidResource")) return undefined;
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
    if (!hasCode(error, "ResourceNotServed", "InvalidName", "InvalidResource")) throw error;
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
