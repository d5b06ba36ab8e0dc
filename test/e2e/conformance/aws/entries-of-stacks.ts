/** Access entries that a stack makes, with their access policies. */
import { ListAssociatedAccessPoliciesCommand } from "@aws-sdk/client-eks";
import { eks } from "../../../acceptance/support/aws.ts";
import { ended, reference, role, type Stage, type Story } from "./stories.ts";

/** A stack with an access entry that has access policies, and what EKS says of them. */
async function entryWith(stage: Stage, policies: Readonly<Record<string, readonly string[]>>) {
  const { backend } = stage.side;
  const [clusterName, principalArn] = [backend.cluster.name, "arn:aws:iam::123456789012:role/granted"];
  const AccessPolicies = Object.entries(policies).map(([name, namespaces]) => ({
    PolicyArn: `arn:aws:eks::aws:cluster-access-policy/${name}`,
    AccessScope: namespaces.length > 0 ? { Type: "namespace", Namespaces: namespaces } : { Type: "cluster" },
  }));
  const Entry = {
    Type: "AWS::EKS::AccessEntry",
    Properties: { ClusterName: clusterName, PrincipalArn: principalArn, AccessPolicies },
  };
  const deployed = await stage.deploy({ Role: role("granted"), Entry: { ...Entry, DependsOn: "Role" } });
  const asked = eks(backend).send(new ListAssociatedAccessPoliciesCommand({ clusterName, principalArn }));
  const { associatedAccessPolicies: all = [] } = await asked;
  const lines = all.map(({ policyArn, accessScope: { type = "", namespaces = [] } = {} }) =>
    [policyArn?.replace(/.*\//, ""), type, ...namespaces].join(" "),
  );
  return [...ended(deployed), ...lines.sort()];
}

export const entryStories: readonly Story[] = [
  {
    name: "an access entry with access policies",
    story: "create; an update with another policy and another scope; an update without any",
    source: reference("aws-resource-eks-accessentry"),
    async tell(stage) {
      await stage.side.backend.describe(stage.side.backend.cluster.name, { authenticationMode: "API" });
      return [
        await entryWith(stage, { AmazonEKSEditPolicy: ["shop"], AmazonEKSViewPolicy: [] }),
        await entryWith(stage, { AmazonEKSEditPolicy: ["shop", "web"], AmazonEKSAdminPolicy: ["shop"] }),
        await entryWith(stage, {}),
      ];
    },
  },
];
