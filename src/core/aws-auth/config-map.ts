/** ConfigMap kube-system/aws-auth, read and written under the version that was read. */

import { isManaged, managedBy } from "../actions/deployment.ts";
import type { Clock } from "../clock.ts";
import { EksLambdaError } from "../errors.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import type { ObjectMetadata } from "./managers.ts";
import type { AwsAuthData } from "./text.ts";

export interface AwsAuthMap {
  readonly metadata: ObjectMetadata & { readonly resourceVersion: string };
  readonly data?: AwsAuthData;
}

export const awsAuthNamespace = "kube-system";
const siblings = `/api/v1/namespaces/${awsAuthNamespace}/configmaps`;
/** As many writers as there are may come between; each conflict means that one of them got on. */
const maxAttempts = 100;

export const readAwsAuth = (kube: Kube): Promise<AwsAuthMap | undefined> =>
  ifFound(kube.request<AwsAuthMap>({ path: `${siblings}/aws-auth` }));

/**
 * Reads, edits `mapRoles` and writes; again from the reading when somebody else wrote between, until the text is as
 * `edit` wants it. `before` is told the text that is about to be replaced.
 */
export async function editMapRoles(
  kube: Kube,
  clock: Clock,
  edit: (text: string | undefined) => string | undefined,
  before: (text: string | undefined) => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const map = await readAwsAuth(kube);
    const text = map?.data?.mapRoles;
    const wanted = edit(text);
    if (wanted === text) return;
    await before(text);
    try {
      await writeMapRoles(kube, map, wanted);
    } catch (error) {
      if (!isConflict(error) || attempt === maxAttempts) throw error;
      await clock.sleep(Math.random() * Math.min(50 * attempt, 1_000));
    }
  }
}

/** A merge patch of the one key: a PUT would drop what this client does not know. */
function writeMapRoles(kube: Kube, map: AwsAuthMap | undefined, mapRoles: string | undefined): Promise<unknown> {
  if (!map) {
    const metadata = { name: "aws-auth", namespace: awsAuthNamespace, labels: managedBy };
    return kube.request({
      method: "POST",
      path: siblings,
      body: { apiVersion: "v1", kind: "ConfigMap", metadata, data: { mapRoles } },
    });
  }
  const version = { resourceVersion: map.metadata.resourceVersion };
  if (mapRoles === undefined && isOursAlone(map)) {
    return kube.request({ method: "DELETE", path: `${siblings}/aws-auth`, body: { preconditions: version } });
  }
  return kube.request({
    method: "PATCH",
    path: `${siblings}/aws-auth`,
    body: { metadata: version, data: { mapRoles: mapRoles ?? null } },
    contentType: "application/merge-patch+json",
  });
}

/** Made by an earlier run, where there was none, and nobody added anything since: with the last entry it goes. */
export const isOursAlone = ({ metadata, data = {} }: AwsAuthMap): boolean =>
  isManaged(metadata) && Object.keys(data).every((key) => key === "mapRoles");

const isConflict = (error: unknown): boolean =>
  error instanceof EksLambdaError && (error.code === "Conflict" || error.code === "AlreadyExists");
