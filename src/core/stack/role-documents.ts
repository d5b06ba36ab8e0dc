/**
 * The trust policy and the inline policies that template.yml gives the function's role. After a change of them there,
 * change them here: a second setup would otherwise report them as changed by others.
 */
import type { Deployed } from "../parameters/deployed.ts";
import { functionArnOf, partitionOf } from "../partition.ts";
import type { Target } from "../setup/target.ts";
import { sha256 } from "../sha256.ts";
import { isInVpc } from "./placement.ts";

/** Where the role and its function are. */
export interface RolePlace {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

export const placeOf = ({ region, caller: { account } }: Pick<Target, "region" | "caller">): RolePlace => ({
  partition: partitionOf(region),
  region,
  account,
});

const version = "2012-10-17";

export const trust = {
  Version: version,
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
};

type Document = (place: RolePlace, functionName: string) => unknown;

const writesLog: Document = ({ partition, region, account }, functionName) => ({
  Version: version,
  Statement: [
    {
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: `arn:${partition}:logs:${region}:${account}:log-group:/aws/lambda/${functionName}:*`,
    },
  ],
});

const interfaceActions = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];

const hasInterfaces: Document = (place, functionName) => ({
  Version: version,
  Statement: [
    { Effect: "Allow", Action: interfaceActions, Resource: "*" },
    {
      Effect: "Deny",
      Action: interfaceActions,
      Resource: "*",
      Condition: { ArnEquals: { "lambda:SourceFunctionArn": functionArnOf(place, functionName) } },
    },
  ],
});

const documents: Readonly<
  Record<string, { readonly document: Document; readonly isIn: (deployed: Deployed) => boolean }>
> = {
  "write-its-own-log": { document: writesLog, isIn: () => true },
  "have-network-interfaces": { document: hasInterfaces, isIn: isInVpc },
};

/** The names of the inline policies that template.yml gives the role of a stack with these values. */
export const policyNames = (deployed: Deployed): readonly string[] =>
  Object.entries(documents).flatMap(([name, { isIn }]) => (isIn(deployed) ? [name] : []));

/** The inline policies by name. */
export const policiesOf = (deployed: Deployed, place: RolePlace): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    policyNames(deployed).map((name) => [name, documents[name]?.document(place, deployed.functionName)]),
  );

/** The inline policy of `--policy`. */
export const ownPolicyName = "act-in-aws";

/** By which the stack knows it: the same for documents that say the same. */
export const documentHash = (document: unknown): string => sha256(canonical(document));

/** True if the role has the policy that the stack gave it, of which it keeps the hash; also if both have none. */
export const isOwnPolicy = ({ policy }: Pick<Deployed, "policy">, document: unknown): boolean =>
  policy === (document === undefined ? "" : documentHash(document));

/** True if two documents say the same: a list of one is like its only item, and the order of lists does not matter. */
export const isSameDocument = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

function canonical(value: unknown): string {
  if (Array.isArray(value)) return value.length === 1 ? canonical(value[0]) : `[${value.map(canonical).sort()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value).map(
    ([key, inner]: [string, unknown]) => `${JSON.stringify(key)}:${canonical(inner)}`,
  );
  return `{${members.sort()}}`;
}
