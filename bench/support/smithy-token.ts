/** Connects to the cluster with a token from https://github.com/smithy-lang/smithy-typescript, used as in its docs. */
import { Sha256 } from "@aws-crypto/sha256-js";
import { KubeConfig } from "@kubernetes/client-node";
import { SignatureV4 } from "@smithy/signature-v4";

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

let kept: { readonly config: KubeConfig; readonly until: number } | undefined;

/** Reuses the token for its lifetime. */
export async function kubeConfig(): Promise<KubeConfig> {
  if (kept && Date.now() < kept.until) return kept.config;
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name, server, caData, skipTLSVerify: false }, { name, token: await mintToken() });
  kept = { config, until: Date.now() + 14 * 60_000 };
  return config;
}
