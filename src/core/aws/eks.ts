/** EKS clusters, their access entries, and their authentication mode. */
import {
  type AssociatedAccessPolicy,
  type ClusterHealth,
  CreateAccessEntryCommand,
  DeleteAccessEntryCommand,
  DescribeAccessEntryCommand,
  DescribeClusterCommand,
  DescribeUpdateCommand,
  EKSClient,
  ListAccessEntriesCommand,
  ListAssociatedAccessPoliciesCommand,
  ListClustersCommand,
  UpdateClusterConfigCommand,
} from "@aws-sdk/client-eks";
import { type AwsOptions, call } from "./call.ts";
import { clientOptions } from "./client.ts";
import { itemsOf, pagesOf } from "./pages.ts";

export type AuthenticationMode = "CONFIG_MAP" | "API_AND_CONFIG_MAP" | "API";

export interface Cluster {
  readonly name: string;
  readonly status: string;
  readonly endpoint: string | undefined;
  /** PEM in base64. */
  readonly ca: string | undefined;
  /** CONFIG_MAP if the description has no `accessConfig`. */
  readonly authenticationMode: AuthenticationMode;
  readonly network: ClusterNetwork;
}

/** Where the endpoint can be reached from. */
export interface ClusterNetwork {
  readonly public: boolean;
  readonly private: boolean;
  /** Who may reach the public endpoint; `0.0.0.0/0` is everyone. */
  readonly publicCidrs: readonly string[];
  readonly vpcId: string | undefined;
  readonly subnetIds: readonly string[];
  /** Those in which EKS finds too few free IP addresses. */
  readonly fullSubnetIds: readonly string[];
  /** The cluster security group, which EKS creates. */
  readonly securityGroupId: string | undefined;
}

export interface Eks {
  /** Returns `undefined` if the region has no such cluster. */
  cluster(name: string): Promise<Cluster | undefined>;
  names(): Promise<readonly string[]>;
  /** The ARNs of the principals that have an entry. Throws if the cluster does not support access entries. */
  accessEntries(cluster: string): Promise<readonly string[]>;
  /** Returns `undefined` if the role has no entry, or the cluster does not support access entries. */
  accessEntry(cluster: string, principalArn: string): Promise<AccessEntry | undefined>;
  /** The access policies of an entry; none if there is no such entry. */
  accessPolicies(cluster: string, principalArn: string): Promise<readonly AccessPolicy[]>;
  /** Without groups. Throws if the principal has an entry, or does not exist. */
  createAccessEntry(cluster: string, entry: NewAccessEntry): Promise<void>;
  /** Also succeeds if there is no such entry. */
  deleteAccessEntry(cluster: string, principalArn: string): Promise<void>;
  /**
   * Starts to change the authentication mode to API_AND_CONFIG_MAP. Returns the id of the update; `undefined` while another
   * one is in progress.
   */
  enableAccessEntries(cluster: string): Promise<string | undefined>;
  /** `InProgress`, `Successful`, `Failed`, `Cancelled`, with the errors' messages. */
  update(cluster: string, id: string): Promise<{ readonly status: string; readonly errors: readonly string[] }>;
}

export interface AccessEntry {
  /** Ends with a UUID: an entry that is created again for the same role has another. */
  readonly arn: string | undefined;
  /** An entry older than its role is for an earlier role of that name, and gives no access. */
  readonly createdAt: Date | undefined;
  readonly username: string;
  readonly groups: readonly string[];
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export interface AccessPolicy {
  /** `arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy` */
  readonly arn: string;
  /** Names, or patterns such as `dev-*`. Empty: the whole cluster. */
  readonly namespaces: readonly string[];
}

export interface NewAccessEntry {
  /** With the role's path. */
  readonly principalArn: string;
  readonly username: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Source: https://docs.aws.amazon.com/eks/latest/APIReference/API_ClusterIssue.html */
const fullSubnetsIn = ({ issues = [] }: ClusterHealth = {}): readonly string[] =>
  issues.flatMap(({ code, resourceIds = [] }) =>
    code === "InsufficientFreeAddresses" ? resourceIds.filter((id) => id.startsWith("subnet-")) : [],
  );

/** InvalidRequestException: the cluster's authentication mode is CONFIG_MAP. */
const isNoEntry = (error: unknown): boolean =>
  /^(ResourceNotFound|InvalidRequest)Exception$/.test((error as Error).name);

const policyOf = ({ policyArn = "", accessScope }: AssociatedAccessPolicy): AccessPolicy => ({
  arn: policyArn,
  namespaces: accessScope?.namespaces ?? [],
});

export function eks(options: AwsOptions): Eks {
  const client = new EKSClient(clientOptions(options));
  return {
    async cluster(name) {
      try {
        const { cluster } = await call("eks:DescribeCluster", client.send(new DescribeClusterCommand({ name })));
        return {
          name,
          status: cluster?.status ?? "UNKNOWN",
          endpoint: cluster?.endpoint,
          ca: cluster?.certificateAuthority?.data,
          authenticationMode: cluster?.accessConfig?.authenticationMode ?? "CONFIG_MAP",
          network: {
            public: cluster?.resourcesVpcConfig?.endpointPublicAccess ?? true,
            private: cluster?.resourcesVpcConfig?.endpointPrivateAccess ?? false,
            publicCidrs: cluster?.resourcesVpcConfig?.publicAccessCidrs ?? ["0.0.0.0/0"],
            vpcId: cluster?.resourcesVpcConfig?.vpcId,
            subnetIds: cluster?.resourcesVpcConfig?.subnetIds ?? [],
            fullSubnetIds: fullSubnetsIn(cluster?.health),
            securityGroupId: cluster?.resourcesVpcConfig?.clusterSecurityGroupId,
          },
        };
      } catch (error) {
        if ((error as Error).name === "ResourceNotFoundException") return undefined;
        throw error;
      }
    },
    async names() {
      const pages = pagesOf("eks:ListClusters", (nextToken) => client.send(new ListClustersCommand({ nextToken })));
      return (await itemsOf(pages, ({ clusters = [] }) => clusters)).sort();
    },
    accessEntries(clusterName) {
      const pages = pagesOf("eks:ListAccessEntries", (nextToken) =>
        client.send(new ListAccessEntriesCommand({ clusterName, nextToken })),
      );
      return itemsOf(pages, ({ accessEntries = [] }) => accessEntries);
    },
    async accessEntry(clusterName, principalArn) {
      try {
        const { accessEntry } = await call(
          "eks:DescribeAccessEntry",
          client.send(new DescribeAccessEntryCommand({ clusterName, principalArn })),
        );
        return {
          arn: accessEntry?.accessEntryArn,
          createdAt: accessEntry?.createdAt,
          username: accessEntry?.username ?? "",
          groups: accessEntry?.kubernetesGroups ?? [],
          tags: accessEntry?.tags,
        };
      } catch (error) {
        if (isNoEntry(error)) return undefined;
        throw error;
      }
    },
    async accessPolicies(clusterName, principalArn) {
      try {
        const pages = pagesOf("eks:ListAssociatedAccessPolicies", (nextToken) =>
          client.send(new ListAssociatedAccessPoliciesCommand({ clusterName, principalArn, nextToken })),
        );
        const policies = await itemsOf(pages, ({ associatedAccessPolicies: all = [] }) => all.map(policyOf));
        return policies.sort((a, b) => (a.arn < b.arn ? -1 : 1));
      } catch (error) {
        if (isNoEntry(error)) return [];
        throw error;
      }
    },
    async createAccessEntry(clusterName, entry) {
      await call("eks:CreateAccessEntry", client.send(new CreateAccessEntryCommand({ clusterName, ...entry })));
    },
    async deleteAccessEntry(clusterName, principalArn) {
      try {
        const command = new DeleteAccessEntryCommand({ clusterName, principalArn });
        await call("eks:DeleteAccessEntry", client.send(command));
      } catch (error) {
        if ((error as Error).name !== "ResourceNotFoundException") throw error;
      }
    },
    async enableAccessEntries(name) {
      const command = new UpdateClusterConfigCommand({
        name,
        accessConfig: { authenticationMode: "API_AND_CONFIG_MAP" },
      });
      try {
        const { update } = await call("eks:UpdateClusterConfig", client.send(command));
        return update?.id ?? "";
      } catch (error) {
        if ((error as Error).name === "ResourceInUseException") return undefined;
        throw error;
      }
    },
    async update(name, updateId) {
      const { update } = await call("eks:DescribeUpdate", client.send(new DescribeUpdateCommand({ name, updateId })));
      return {
        status: update?.status ?? "Failed",
        errors: (update?.errors ?? []).map(({ errorMessage = "" }) => errorMessage),
      };
    },
  };
}
