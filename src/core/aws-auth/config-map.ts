/** ConfigMap kube-system/aws-auth, read and written under the version that was read. */

import { isManaged, managedBy } from "../actions/deployment.ts";
import type { Clock } from "../clock.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import { afresh, type ObjectWrite, rehearse, send } from "../kube/write.ts";
import type { ObjectMetadata } from "./managers.ts";
import type { AwsAuthData } from "./text.ts";

export interface AwsAuthMap {
  readonly metadata: ObjectMetadata & { readonly resourceVersion: string };
  readonly data?: AwsAuthData;
}

export const awsAuthNamespace = "kube-system";
const siblings = `/api/v1/namespaces/${awsAuthNamespace}/configmaps`;
/** Each conflict means that one of the other writers succeeded, and there may be many. */
const mostConflicts = 100;

export const readAwsAuth = (kube: Kube): Promise<AwsAuthMap | undefined> =>
  ifFound(kube.request<AwsAuthMap>({ path: `${siblings}/aws-auth` }));

/** `undefined`: there is no such text. */
export interface MapRolesEdit {
  /** Returns the text as it should be. */
  readonly edit: (text: string | undefined) => string | undefined;
  /** Gets each text that is about to be replaced, once. */
  readonly before: (text: string | undefined) => Promise<void>;
}

/** Reads `mapRoles`, edits and writes it; again from the reading when someone else wrote between. */
export function editMapRoles(kube: Kube, clock: Clock, { edit, before }: MapRolesEdit): Promise<void> {
  let announced: { readonly text: string | undefined } | undefined;
  return afresh({ clock, most: mostConflicts }, async () => {
    const map = await readAwsAuth(kube);
    const text = map?.data?.mapRoles;
    const wanted = edit(text);
    if (wanted === text) return;
    // Someone who writes another key makes it a new version, not a new text.
    if (!announced || announced.text !== text) await before(text);
    announced = { text };
    await send(kube, writeOf(map, wanted));
  });
}

/** Has the API server check the write: the rights of the caller, and the cluster's admission policies. */
export const rehearseMapRoles = (
  kube: Kube,
  map: AwsAuthMap | undefined,
  mapRoles: string | undefined,
): Promise<unknown> => rehearse(kube, writeOf(map, mapRoles));

/** A merge patch of the one key: a PUT would drop what this client does not know. */
function writeOf(map: AwsAuthMap | undefined, mapRoles: string | undefined): ObjectWrite {
  if (!map) {
    const metadata = { name: "aws-auth", namespace: awsAuthNamespace, labels: managedBy };
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { mapRoles } };
    return { method: "POST", path: siblings, body };
  }
  const at = { path: `${siblings}/aws-auth`, version: map.metadata.resourceVersion };
  if (mapRoles === undefined && isOursAlone(map)) return { ...at, method: "DELETE", body: {} };
  return { ...at, method: "PATCH", body: { data: { mapRoles: mapRoles ?? null } } };
}

/** True if an earlier run created the ConfigMap and nobody added anything since: with the last entry it goes. */
const isOursAlone = ({ metadata, data = {} }: AwsAuthMap): boolean =>
  isManaged(metadata) && Object.keys(data).every((key) => key === "mapRoles");
