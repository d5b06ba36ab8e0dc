/** Who the function's role is to the cluster; and if nobody, why the entries that look right do not match. */
import { parseArn, roleOfSession } from "../arn.ts";
import type { AccessEntry } from "../aws/eks.ts";
import { type AwsAuthData, entryOf, type RoleEntry, readRoles } from "../aws-auth.ts";
import { EksLambdaError } from "../errors.ts";
import { readAwsAuth } from "../setup/aws-auth-map.ts";
import type { Facts, Identity, Link } from "./link.ts";

export const mapping: Link = {
  id: "mapping",
  after: ["caller"],
  async prove(facts) {
    const { username, groups } = await facts.identity();
    return `${await facts.roleArn()} is "${username}"${groups.length ? ` in ${groups.join(", ")}` : ""}`;
  },
};

/** An access entry overrides aws-auth. Throws `RoleNotMapped`, `AccessEntryDead`, `AwsAuthInvalid`. */
export async function readIdentity(facts: Facts): Promise<Identity> {
  const [arn, { cluster, roleName }, found] = await Promise.all([
    facts.roleArn(),
    facts.target(),
    facts.clusterName().then(facts.eks.cluster),
  ]);
  const mode = found?.authenticationMode ?? "CONFIG_MAP";
  const entry = mode === "CONFIG_MAP" ? undefined : await facts.eks.accessEntry(cluster.name, arn);
  if (entry) {
    refuseDead(
      entry,
      arn,
      cluster.name,
      (await facts.iam.role(parseArn(arn)?.resource.split("/").at(-1) ?? roleName))?.createdAt,
    );
    return entry;
  }
  if (mode === "API")
    throw notMapped(arn, [`the cluster "${cluster.name}" has authentication mode API, and no access entry for it`]);
  return identityIn((await readAwsAuth(await facts.kube()))?.data ?? {}, arn);
}

/** Throws `RoleNotMapped` with the near misses, `AwsAuthInvalid` with line and column. */
export function identityIn(data: AwsAuthData, arn: string): Identity {
  const role = strippedPath(arn);
  const entry = entryOf(data.mapRoles, role);
  if (!entry) throw notMapped(role, nearMisses(readRoles(data.mapRoles), role));
  if (!entry.username) {
    throw notMapped(role, [`its entry in aws-auth has no username, and so names nobody`]);
  }
  return { username: entry.username, groups: entry.groups };
}

const strippedPath = (arn: string): string => roleOfSession(arn).replace(/:role\/.*\//, ":role/");

type Miss = (candidate: string, wanted: string) => string | undefined;

const nameOf = (arn: string): string => arn.split("/").at(-1)?.toLowerCase() ?? "";
const accountOf = (arn: string): string => parseArn(arn)?.account ?? "";

/** Why an entry that a person takes for the right one is another; the first reason that fits. */
const misses: readonly Miss[] = [
  (arn, wanted) => (arn !== arn.trim() && arn.trim() === wanted ? "has spaces around its ARN" : undefined),
  (arn, wanted) =>
    /:assumed-role\//.test(arn) && roleOfSession(arn).toLowerCase() === wanted.toLowerCase()
      ? "is the ARN of a session; aws-auth needs the role's, arn:…:iam::…:role/…"
      : undefined,
  (arn, wanted) =>
    /:role\/.+\//.test(arn) && strippedPath(arn).toLowerCase() === wanted.toLowerCase()
      ? "has the role's path, which STS does not tell: write it without"
      : undefined,
  (arn, wanted) =>
    nameOf(arn) === nameOf(wanted) && accountOf(arn) !== accountOf(wanted)
      ? `is of account ${accountOf(arn)}, not ${accountOf(wanted)}`
      : undefined,
  (arn, wanted) =>
    nameOf(arn) === nameOf(wanted) && parseArn(arn)?.partition !== parseArn(wanted)?.partition
      ? `is of partition ${parseArn(arn)?.partition}`
      : undefined,
];

export function nearMisses(entries: readonly RoleEntry[], wanted: string): readonly string[] {
  return entries.flatMap(({ rolearn, index }) => {
    const why = rolearn === undefined ? undefined : misses.map((miss) => miss(rolearn, wanted)).find(Boolean);
    return why ? [`entry ${index + 1}, ${rolearn}, ${why}`] : [];
  });
}

const notMapped = (arn: string, reasons: readonly string[]) =>
  new EksLambdaError("RoleNotMapped", [`the cluster knows no mapping for ${arn}`, ...reasons].join("; "), {
    hint: "eks-lambda setup makes the mapping",
  });

/** An entry remembers the role's unique id: one that is older than the role is for an earlier role of that name. */
function refuseDead({ createdAt }: AccessEntry, arn: string, cluster: string, roleCreatedAt: Date | undefined): void {
  if (!createdAt || !roleCreatedAt || createdAt >= roleCreatedAt) return;
  throw new EksLambdaError(
    "AccessEntryDead",
    `the access entry of ${arn} is older than the role: it is for an earlier role of that name, and lets nobody in`,
    {
      hint: `aws eks delete-access-entry --cluster-name ${cluster} --principal-arn ${arn}, then eks-lambda setup`,
    },
  );
}
