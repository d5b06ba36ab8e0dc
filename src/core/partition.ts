/** AWS partitions and their domains. A region's prefix identifies its partition. */

/** By the prefix of a region's name. Source: `partitions.json` of the AWS SDKs. */
const dnsSuffixes = {
  "cn-": "amazonaws.com.cn",
  "us-isob-": "sc2s.sgov.gov",
  "us-isof-": "csp.hci.ic.gov",
  "us-iso-": "c2s.ic.gov",
  "eu-isoe-": "cloud.adc-e.uk",
  "eusc-": "amazonaws.eu",
};

const names = {
  "cn-": "aws-cn",
  "us-gov-": "aws-us-gov",
  "us-isob-": "aws-iso-b",
  "us-isof-": "aws-iso-f",
  "us-iso-": "aws-iso",
  "eu-isoe-": "aws-iso-e",
  "eusc-": "aws-eusc",
};

const byRegion = (table: Readonly<Record<string, string>>, region: string): string | undefined =>
  Object.entries(table).find(([prefix]) => region.startsWith(prefix))?.[1];

/** `aws-cn` for `cn-north-1` */
export const partitionOf = (region: string): string => byRegion(names, region) ?? "aws";

/** `amazonaws.com.cn` for `cn-north-1` */
export const dnsSuffixOf = (region: string): string => byRegion(dnsSuffixes, region) ?? "amazonaws.com";

interface Place {
  readonly region: string;
  readonly account: string;
}

/** `arn:aws-cn:iam::123456789012:role/team/web`. `path` begins and ends with a slash. */
export const roleArnOf = ({ region, account }: Place, name: string, path = "/"): string =>
  `arn:${partitionOf(region)}:iam::${account}:role${path || "/"}${name}`;

export const functionArnOf = ({ region, account }: Place, name: string): string =>
  `arn:${partitionOf(region)}:lambda:${region}:${account}:function:${name}`;
