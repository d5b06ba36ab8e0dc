/** Tokens minted with the AWS SDK's signer, as the reference for the project's own. */
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Credentials } from "../backend.ts";

export interface TokenRequest {
  readonly cluster: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** Age of the signature in seconds. */
  readonly age?: number;
  /** `X-Amz-Expires` in seconds, at most 900. EKS does not look at it. Default: 60. */
  readonly expiresIn?: number;
  /** Of STS. Default: the regional one. */
  readonly host?: string;
}

export async function mint({
  cluster,
  region,
  credentials,
  age = 0,
  expiresIn = 60,
  host,
}: TokenRequest): Promise<string> {
  const signer = new SignatureV4({ credentials, region, service: "sts", sha256: Sha256, uriEscapePath: false });
  const hostname = host ?? `sts.${region}.amazonaws.com`;
  const { query = {} } = await signer.presign(
    {
      method: "GET",
      protocol: "https:",
      hostname,
      path: "/",
      query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
      headers: { host: hostname, "x-k8s-aws-id": cluster },
    },
    {
      expiresIn,
      signingDate: new Date(Date.now() - age * 1000),
      unsignableHeaders: new Set(),
      signableHeaders: new Set(["host", "x-k8s-aws-id"]),
      unhoistableHeaders: new Set(["x-k8s-aws-id"]),
    },
  );
  const url = `https://${hostname}/?${new URLSearchParams(query as Record<string, string>)}`;
  return `k8s-aws-v1.${Buffer.from(url).toString("base64url")}`;
}
