/**
 * The official clients, as their documentation shows: https://github.com/kubernetes-client/javascript and
 * https://github.com/smithy-lang/smithy-typescript. The client is kept as long as its token may be.
 */
import { Sha256 } from "@aws-crypto/sha256-js";
import { AppsV1Api, KubeConfig } from "@kubernetes/client-node";
import { SignatureV4 } from "@smithy/signature-v4";
import { deployment } from "./deployment.ts";

const {
  CLUSTER_NAME: name = "",
  CLUSTER_ENDPOINT: server = "",
  CLUSTER_CA: caData = "",
  AWS_REGION: region = "",
  AWS_ACCESS_KEY_ID: accessKeyId = "",
  AWS_SECRET_ACCESS_KEY: secretAccessKey = "",
  AWS_SESSION_TOKEN: sessionToken = "",
} = process.env;

async function mintToken(): Promise<string> {
  const signer = new SignatureV4({
    region,
    service: "sts",
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    sha256: Sha256,
  });
  const hostname = `sts.${region}.amazonaws.com`;
  const { query = {} } = await signer.presign(
    {
      method: "GET",
      protocol: "https:",
      hostname,
      path: "/",
      query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
      headers: { host: hostname, "x-k8s-aws-id": name },
    },
    { expiresIn: 60 },
  );
  const url = `https://${hostname}/?${new URLSearchParams(query as Record<string, string>)}`;
  return `k8s-aws-v1.${Buffer.from(url).toString("base64url")}`;
}

let kept: { readonly api: AppsV1Api; readonly until: number } | undefined;

async function api(): Promise<AppsV1Api> {
  if (kept && Date.now() < kept.until) return kept.api;
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name, server, caData, skipTLSVerify: false }, { name, token: await mintToken() });
  kept = { api: config.makeApiClient(AppsV1Api), until: Date.now() + 14 * 60_000 };
  return kept.api;
}

export async function handler(_event: unknown, { awsRequestId }: { awsRequestId: string }): Promise<unknown> {
  const apps = await api();
  return apps.createNamespacedDeployment({ namespace: "default", body: deployment(`nginx-${awsRequestId}`) });
}
