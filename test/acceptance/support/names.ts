/** Names as documented. They are not imported from the code under test. */
import { createHash } from "node:crypto";
import type { Backend, Credentials } from "../backend.ts";

export interface Names {
  readonly cluster: string;
  readonly region: string;
  readonly account: string;
  readonly stack: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly logGroup: string;
  readonly role: string;
  readonly roleArn: string;
  readonly context: string;
}

export function namesOf({ account, region, partition, cluster }: Backend): Names {
  const name = `eks-lambda-${cluster.name}-${region}`;
  return {
    cluster: cluster.name,
    region,
    account,
    stack: `eks-lambda-${cluster.name}`,
    functionName: name,
    functionArn: `arn:${partition}:lambda:${region}:${account}:function:${name}`,
    logGroup: `/aws/lambda/${name}`,
    role: name,
    roleArn: `arn:${partition}:iam::${account}:role/${name}`,
    context: `eks-lambda/${cluster.name}`,
  };
}

/** The label and the annotation of a stack's objects in the cluster. */
export function ownerMarks({ account, region, stack }: Pick<Names, "account" | "region" | "stack">) {
  const owner = `${account}/${region}/${stack}`;
  const hash = createHash("sha256").update(owner).digest("hex").slice(0, 32);
  return { labels: { "eks-lambda/owner": hash }, annotations: { "eks-lambda/owner": owner } };
}

/** Environment variables for these credentials. */
export const as = ({ accessKeyId, secretAccessKey, sessionToken }: Credentials) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_SESSION_TOKEN: sessionToken,
});

/** The credentials in a backend's environment. */
export const credentialsOf = ({ env }: Backend): Credentials => ({
  accessKeyId: env.AWS_ACCESS_KEY_ID ?? "",
  secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? "",
  ...(env.AWS_SESSION_TOKEN !== undefined && { sessionToken: env.AWS_SESSION_TOKEN }),
});
