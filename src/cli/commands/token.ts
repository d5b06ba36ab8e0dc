/**
 * `eks-lambda token`: kubectl's exec plugin. Source:
 * https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
 */

import { mintToken } from "../../core/kube/token.ts";
import type { FlagsOf } from "../flag-table.ts";
import { printJson } from "../render/text.ts";
import { openSession } from "../session.ts";

const group = "client.authentication.k8s.io";

export async function token(flags: FlagsOf<"token">): Promise<void> {
  const session = await openSession(flags);
  const cluster = await session.clusterName();
  const { token, expiresAt } = mintToken({
    cluster,
    region: session.region,
    credentials: await session.sts.credentials(),
    now: new Date(),
  });
  const credential = {
    apiVersion: `${group}/${askedVersion(process.env.KUBERNETES_EXEC_INFO)}`,
    kind: "ExecCredential",
    spec: {},
    status: { token, expirationTimestamp: expiresAt.toISOString().replace(/\.\d{3}/, "") },
  };
  printJson(credential);
}

/** Returns the version that kubectl asks for in `KUBERNETES_EXEC_INFO`. Every kubectl reads v1beta1. */
function askedVersion(info: string | undefined): "v1" | "v1beta1" {
  return info && new RegExp(`"${group}/v1"`).test(info) ? "v1" : "v1beta1";
}
