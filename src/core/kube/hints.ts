/**
 * Hints that the function carries, as text: tags would make it larger. Each is the whole hint, with its commands in
 * backticks. The CLI has the same constants, and so knows the commands in them.
 */

export const newCa = "the cluster's CA may have been rotated: `eks-lambda setup` updates endpoint and CA";

export const outOfReach =
  "a private endpoint can be reached only from its VPC, and publicAccessCidrs may exclude you: `aws eks describe-cluster --query cluster.resourcesVpcConfig`";

export const notResolved =
  "if the cluster was deleted and created again, run `eks-lambda setup`; a private endpoint resolves only in its VPC";

export const unauthorized = "`eks-lambda doctor` finds out why; a new mapping takes some seconds";

export const forbidden = "`eks-lambda setup` grants what the function declares";

export const incomplete =
  "`eks-lambda setup` writes CLUSTER_*, and Lambda AWS_*; elsewhere, give connect() `cluster`, `region` and `credentials`";

export const moreTime = "`eks-lambda setup --timeout SECONDS` gives the function more time";

export const moreByLambda =
  "give it more: `aws lambda update-function-configuration --function-name NAME --timeout SECONDS`";
