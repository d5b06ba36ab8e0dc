/** AWS partitions that the sandbox can be in. Source: `partitions.json` of the AWS SDKs. */

export interface Partition {
  /** As in ARNs: `aws-cn`. */
  readonly name: string;
  /** The domain of service hosts, and that of dual-stack ones. */
  readonly domain: string;
  readonly dualStackDomain: string;
}

const commercial = { domain: "amazonaws.com", dualStackDomain: "api.aws" };
const byPrefix: Readonly<Record<string, Partition>> = {
  "cn-": { name: "aws-cn", domain: "amazonaws.com.cn", dualStackDomain: "api.amazonwebservices.com.cn" },
  "us-gov-": { name: "aws-us-gov", ...commercial },
};

/** Returns the partition of a Region such as `cn-north-1`. */
export const partitionOf = (region: string): Partition =>
  Object.entries(byPrefix).find(([prefix]) => region.startsWith(prefix))?.[1] ?? { name: "aws", ...commercial };

interface Place {
  readonly partition: Partition;
  readonly region: string;
  readonly account: string;
}

/** `arn:aws:eks:us-east-1:123456789012:cluster/demo`. IAM and STS have no Region in theirs. */
export function arnOf({ partition, region, account }: Place, service: string, resource: string): string {
  return ["arn", partition.name, service, /^(iam|sts)$/.test(service) ? "" : region, account, resource].join(":");
}
