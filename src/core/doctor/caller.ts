/** Does the cluster accept the caller? */
import { parseArn } from "../arn.ts";
import { EksLambdaError } from "../errors.ts";
import type { Facts } from "./facts.ts";
import type { Link } from "./link.ts";
import { principalFor } from "./principal.ts";

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
      throw error instanceof EksLambdaError && error.code === "Unauthorized" ? await withTheWayIn(error, facts) : error;
    }
  },
};

/** Adds the commands that create an access entry: with them, permission for EKS is enough. */
async function withTheWayIn(error: EksLambdaError, { cluster, sts, iam, region }: Facts): Promise<EksLambdaError> {
  const [{ name, authenticationMode }, { arn }] = await Promise.all([cluster(), sts.identity()]);
  if (authenticationMode === "CONFIG_MAP") return error;
  const of = `--cluster-name ${name} --principal-arn ${await principalFor(iam, arn)} --region ${region}`;
  const policy = `arn:${parseArn(arn)?.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`;
  const hint = [
    error.hint,
    "an access entry with the right to administer the cluster:",
    `aws eks create-access-entry ${of}`,
    `aws eks associate-access-policy ${of} --policy-arn ${policy} --access-scope type=cluster`,
  ];
  return new EksLambdaError(error.code, error.message, { hint: hint.filter(Boolean).join("\n"), cause: error });
}
