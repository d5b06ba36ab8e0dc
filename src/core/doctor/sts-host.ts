/** The STS hosts that a token may name. */
import { dnsSuffixOf, partitionOf } from "../partition.ts";

/** By partition. Source: `dualStackDnsSuffix` in `partitions.json` of the AWS SDKs. */
const dualStackSuffixes: Readonly<Record<string, string>> = {
  aws: "api.aws",
  "aws-cn": "api.amazonwebservices.com.cn",
  "aws-us-gov": "api.aws",
  "aws-eusc": "api.amazonwebservices.eu",
  "aws-iso": "api.aws.ic.gov",
  "aws-iso-b": "api.aws.scloud",
  "aws-iso-e": "api.cloud-aws.adc-e.uk",
  "aws-iso-f": "api.aws.hci.ic.gov",
};

/**
 * True for a regional host, dual-stack or not, in its partition's domain, and for the global host, which only `aws`
 * has.
 * Source: https://github.com/kubernetes-sigs/aws-iam-authenticator/pull/876
 */
export function isStsHost(host: string): boolean {
  const [, region, suffix] = /^sts(?:-fips)?\.([a-z]{2,4}(?:-[a-z]+)+-\d)\.(.+)$/.exec(host) ?? [];
  if (region === undefined) return host === "sts.amazonaws.com";
  return suffix === dnsSuffixOf(region) || suffix === dualStackSuffixes[partitionOf(region)];
}
