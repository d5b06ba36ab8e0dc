/** Reads ConfigMap kube-system/aws-auth and writes it under the version that was read. */

import { isManaged, managedBy } from "../../actions/deployment.ts";
import type { Clock } from "../../clock.ts";
import { type Location, pathTo } from "../../kube/place.ts";
import { ifFound, type Kube } from "../../kube/request.ts";
import { afresh, type ObjectWrite, rehearse, send } from "../../kube/write.ts";
import type { Waiting } from "../../plan.ts";
import type { ObjectMetadata } from "./managers.ts";
import type { AwsAuthData } from "./text.ts";

export interface AwsAuthMap {
  readonly metadata: ObjectMetadata & { readonly resourceVersion: string };
  readonly data?: AwsAuthData;
}

export const awsAuthNamespace = "kube-system";
const siblings: Location = { apiVersion: "v1", plural: "configmaps", namespace: awsAuthNamespace };
const awsAuth: Location = { ...siblings, name: "aws-auth" };
/** Each conflict means that another writer succeeded, and there may be many. */
const mostConflicts = 100;
/** From so many on, the user gets a warning. */
const toldConflicts = 5;

export const readAwsAuth = (kube: Kube): Promise<AwsAuthMap | undefined> =>
  ifFound(kube.request<AwsAuthMap>({ path: pathTo(awsAuth) }));

/** Annotations of the ConfigMap that are set, or with `null` removed, together with the text. */
export type Marks = Readonly<Record<string, string | null>>;

export const hasMark = (map: AwsAuthMap | undefined, key: string): boolean =>
  map?.metadata.annotations?.[key] !== undefined;

export interface MapRolesEdit {
  /** Returns the new text; `undefined` is a missing one. */
  readonly edit: (text: string | undefined, map: AwsAuthMap | undefined) => string | undefined;
  /** Those that are set are written only with a new text: what stands there already was written by others. */
  readonly marks?: Marks;
  /** Called once with each text that is about to be replaced. */
  readonly before: (text: string | undefined) => Promise<void>;
  /** Called once the text is written. */
  readonly after?: () => Promise<void>;
  /** Called when another writer has been faster several times. */
  readonly waiting?: Waiting;
}

/** Reads `mapRoles`, edits and writes it. Starts over when someone else wrote in between. */
export function editMapRoles(kube: Kube, clock: Clock, wish: MapRolesEdit): Promise<void> {
  const { edit, marks, before, after, waiting } = wish;
  let announced: { readonly text: string | undefined } | undefined;
  const pausing = (count: number) => {
    if (count >= toldConflicts) waiting?.("a pause of another writer of aws-auth");
  };
  return afresh({ clock, most: mostConflicts, pausing }, async () => {
    const map = await readAwsAuth(kube);
    const text = map?.data?.mapRoles;
    const wanted = edit(text, map);
    if (wanted === text) {
      if (map && hasRemoved(marks, map)) await send(kube, writeOf(map, wanted, marks));
      return;
    }
    // A write to another key makes a new version of the object, but not a new text.
    if (!announced || announced.text !== text) await before(text);
    announced = { text };
    await send(kube, writeOf(map, wanted, marks));
    await after?.();
  });
}

const hasRemoved = (marks: Marks = {}, map: AwsAuthMap): boolean =>
  Object.entries(marks).some(([key, value]) => value === null && hasMark(map, key));

/** Has the API server check the write: the rights of the caller, and the cluster's admission policies. */
export const rehearseMapRoles = (
  kube: Kube,
  map: AwsAuthMap | undefined,
  mapRoles: string | undefined,
): Promise<unknown> => rehearse(kube, writeOf(map, mapRoles));

/** A merge patch of single keys: a PUT would drop fields that this client does not know. */
function writeOf(map: AwsAuthMap | undefined, mapRoles: string | undefined, annotations?: Marks): ObjectWrite {
  if (!map) {
    const metadata = { name: "aws-auth", namespace: awsAuthNamespace, labels: managedBy, annotations };
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { mapRoles } };
    return { method: "POST", at: siblings, body };
  }
  const found = { at: awsAuth, version: map.metadata.resourceVersion };
  if (mapRoles === undefined && isOursAlone(map)) return { ...found, method: "DELETE", body: {} };
  return { ...found, method: "PATCH", body: { metadata: { annotations }, data: { mapRoles: mapRoles ?? null } } };
}

/** True if we created the ConfigMap and nobody added to it: then it is deleted with its last entry. */
const isOursAlone = ({ metadata, data = {} }: AwsAuthMap): boolean =>
  isManaged(metadata) && Object.keys(data).every((key) => key === "mapRoles");
