/** Checks that answers can reach CloudFormation: stacks would wait for them. */
import { type Environment, required } from "../kube/cluster.ts";
import { presign } from "../kube/sigv4.ts";
import { sha256 } from "../sha256.ts";
import { bucketOf } from "./request.ts";
import { sendToS3, wayToS3 } from "./s3.ts";

/**
 * A warning if the bucket for answers cannot be reached. The request is signed, because an endpoint's policy says who may
 * send it; S3 itself refuses it, as the role has no right to it.
 */
export async function unreachable(environment: Environment, remainingMs: number): Promise<string | undefined> {
  const region = required(environment, "AWS_REGION");
  const host = bucketOf(region);
  const url = presign({
    ...{ host, region, service: "s3", headers: {} },
    // S3 expects UNSIGNED-PAYLOAD, unless the query has the hash.
    query: { "list-type": "2", "X-Amz-Content-Sha256": sha256("") },
    credentials: {
      accessKeyId: required(environment, "AWS_ACCESS_KEY_ID"),
      secretAccessKey: required(environment, "AWS_SECRET_ACCESS_KEY"),
      sessionToken: environment.AWS_SESSION_TOKEN,
    },
    date: new Date(),
    expires: 60,
  });
  const timeoutMs = Math.min(remainingMs, 3_000);
  const answered = await sendToS3(new URL(url), { method: "GET", environment, timeoutMs });
  const why = "failure" in answered ? answered.failure : /VPC endpoint policy/i.exec(answered.text)?.[0];
  return why && `stacks get no answer from this function: it cannot reach ${host} (${why}); ${wayToS3}`;
}
