/** The clusters of a region. */
import { DescribeClusterCommand, EKSClient, paginateListClusters } from "@aws-sdk/client-eks";
import { type AwsOptions, call } from "./call.ts";

export type AuthenticationMode = "CONFIG_MAP" | "API_AND_CONFIG_MAP" | "API";

export interface Cluster {
  readonly name: string;
  readonly status: string;
  readonly endpoint: string | undefined;
  /** PEM in base64. */
  readonly ca: string | undefined;
  /** Clusters whose description has no `accessConfig` know aws-auth alone. */
  readonly authenticationMode: AuthenticationMode;
}

export interface Eks {
  /** `undefined`: there is none of that name in the region. */
  cluster(name: string): Promise<Cluster | undefined>;
  names(): Promise<readonly string[]>;
}

export function eks(options: AwsOptions): Eks {
  const client = new EKSClient(options);
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
        };
      } catch (error) {
        if ((error as Error).name === "ResourceNotFoundException") return undefined;
        throw error;
      }
    },
    names: () => call("eks:ListClusters", allNames(client)),
  };
}

async function allNames(client: EKSClient): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const page of paginateListClusters({ client }, {})) names.push(...(page.clusters ?? []));
  return names.sort();
}
