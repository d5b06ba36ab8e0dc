/** Does the cluster accept the caller? */

import { parseArn } from "../arn.ts";
import { adviceLines, command } from "../command.ts";
import { type EksLambdaError, hasCode, restated } from "../errors.ts";
import { adviceOf } from "../function-hints.ts";
import { modeOf } from "../mapping/modes.ts";
import { principalFor } from "../mapping/principal.ts";
import type { Facts } from "./facts.ts";
import type { Link } from "./link.ts";

export const caller: Link = {
  id: "caller",
  after: ["token"],
  async prove(facts) {
    const kube = await facts.kube();
    try {
      const review = await kube.request<{ status: { userInfo: { username: string } } }>({
        method: "POST",
        path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
      });
      return `you are "${review.status.userInfo.username}" in the cluster`;
    } catch (error) {
      throw hasCode(error, "Unauthorized") ? await withTheWayIn(error, facts) : error;
    }
  },
};

/** Adds the commands that create an access entry: with them, permission for EKS is enough. */
async function withTheWayIn(error: EksLambdaError, { cluster, sts, iam, region }: Facts): Promise<EksLambdaError> {
  const [{ name, authenticationMode }, { arn }] = await Promise.all([cluster(), sts.identity()]);
  if (!modeOf(authenticationMode).readsEntries) return error;
  const principal = await principalFor(iam, arn);
  const policy = `arn:${parseArn(arn)?.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`;
  const hint = adviceLines([
    adviceOf(error),
    "an access entry with the right to administer the cluster:",
    command`aws eks create-access-entry --cluster-name ${name} --principal-arn ${principal} --region ${region}`,
    command`aws eks associate-access-policy --cluster-name ${name} --principal-arn ${principal} --region ${region} --policy-arn ${policy} --access-scope type=cluster`,
  ]);
  return restated(error, error.message, { hint });
}
