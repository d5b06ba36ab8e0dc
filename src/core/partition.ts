/** AWS partitions and their domains. A region's name determines its partition. */

export interface Partition {
  readonly name: string;
  readonly dnsSuffix: string;
}

/** By the prefix of a region's name. Source: `partitions.json` of the AWS SDKs. */
const partitions: readonly (readonly [prefix: string, name: string, dnsSuffix: string])[] = [
  ["cn-", "aws-cn", "amazonaws.com.cn"],
  ["us-gov-", "aws-us-gov", "amazonaws.com"],
  ["us-isob-", "aws-iso-b", "sc2s.sgov.gov"],
  ["us-isof-", "aws-iso-f", "csp.hci.ic.gov"],
  ["us-iso-", "aws-iso", "c2s.ic.gov"],
  ["eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"],
  ["eusc-", "aws-eusc", "amazonaws.eu"],
];

export function partitionOf(region: string): Partition {
  const [, name, dnsSuffix] = partitions.find(([prefix]) => region.startsWith(prefix)) ?? ["", "aws", "amazonaws.com"];
  return { name, dnsSuffix };
}
