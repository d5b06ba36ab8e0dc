/** What EKS says of clusters: the living one, and those that a test describes. */

import type { Backend, ClusterDescription } from "../../acceptance/backend.ts";
import { type Answer, json } from "./http.ts";

export class Clusters {
  #living: Backend["cluster"];
  #region: string;
  #arn: (name: string) => string;
  #described = new Map<string, ClusterDescription>();

  constructor(living: Backend["cluster"], region: string, account: string) {
    this.#living = living;
    this.#region = region;
    this.#arn = (name) => `arn:aws:eks:${region}:${account}:cluster/${name}`;
  }

  describe(name: string, description: ClusterDescription): void {
    this.#described.set(name, { ...this.#described.get(name), ...description });
  }

  reset(): void {
    this.#described.clear();
  }

  /** The answer to a call of EKS that reads, or undefined for what is not known here. */
  answer(action: string, url: URL, region: string): Answer | undefined {
    const isHere = region === this.#region;
    if (action === "eks:ListClusters") return isHere ? this.#list(url) : json(200, { clusters: [] });
    if (action === "eks:DescribeCluster") {
      const name = decodeURIComponent(url.pathname.split("/")[2] ?? "");
      return isHere ? this.#describe(name) : notFound(name);
    }
    return undefined;
  }

  /** In pages, as the service does. */
  #list(url: URL): Answer {
    const names = [...new Set([this.#living.name, ...this.#described.keys()])].sort();
    const start = Number(url.searchParams.get("nextToken") ?? 0);
    const end = start + Number(url.searchParams.get("maxResults") ?? 100);
    return json(200, { clusters: names.slice(start, end), ...(end < names.length && { nextToken: String(end) }) });
  }

  #describe(name: string): Answer {
    const description = this.#described.get(name);
    if (name !== this.#living.name && !description) return notFound(name);
    const { status = "ACTIVE", authenticationMode = "CONFIG_MAP" } = description ?? {};
    const connection = {
      endpoint: description?.endpoint ?? this.#living.endpoint,
      certificateAuthority: { data: description?.ca ?? this.#living.ca },
    };
    return json(200, {
      cluster: {
        name,
        arn: this.#arn(name),
        version: "1.35",
        platformVersion: "eks.1",
        createdAt: 1_750_000_000,
        roleArn: this.#arn(name).replace(/:eks:.*?:(\d+):.*/, ":iam::$1:role/cluster"),
        status,
        ...(status !== "CREATING" && connection),
        resourcesVpcConfig: { subnetIds: [], securityGroupIds: [], endpointPublicAccess: true },
        kubernetesNetworkConfig: { serviceIpv4Cidr: "10.96.0.0/16", ipFamily: "ipv4" },
        ...(authenticationMode && { accessConfig: { authenticationMode } }),
        tags: {},
      },
    });
  }
}

function notFound(clusterName: string): Answer {
  const message = `No cluster found for name: ${clusterName}.`;
  return json(404, { message, clusterName }, { "x-amzn-errortype": "ResourceNotFoundException" });
}
