/** EKS's access policies: rights that an access entry gives in addition to RBAC, and that no Role and no binding shows. */
import type { AccessPolicy, Eks } from "../aws/eks.ts";
import { type Advice, advice, adviceLines, command, type Hint } from "../command.ts";
import { EksLambdaError, hasCode } from "../errors.ts";

/** The access entry of a principal. */
export interface EntryPlace {
  readonly cluster: string;
  readonly region: string;
  /** With the role's path. */
  readonly principalArn: string;
}

export interface FoundPolicies {
  readonly policies: readonly AccessPolicy[];
  /** Why it is not known whether there are any. */
  readonly unread: readonly string[];
}

/** A caller who may not list them gets a warning. */
export async function readPolicies(
  eks: Pick<Eks, "accessPolicies">,
  { cluster, principalArn }: Omit<EntryPlace, "region">,
): Promise<FoundPolicies> {
  try {
    return { policies: await eks.accessPolicies(cluster, principalArn), unread: [] };
  } catch (error) {
    if (!hasCode(error, "AwsForbidden")) throw error;
    return { policies: [], unread: [`could not check whether the access entry has access policies: ${error.message}`] };
  }
}

/** `the access policy AmazonEKSViewPolicy in shop, dev-*` */
export const showPolicies = (policies: readonly AccessPolicy[]): string =>
  `the access ${policies.length === 1 ? "policy" : "policies"} ${policies.map(shown).join(", ")}`;

const shown = ({ arn, namespaces }: AccessPolicy): string =>
  `${arn.split("/").at(-1)} ${namespaces.length === 0 ? "for the cluster" : `in ${namespaces.join(" and ")}`}`;

/** The entry gives more rights than our Roles. `remedy` is what else takes the policies away. */
export const policiesTooWide = (place: EntryPlace, policies: readonly AccessPolicy[], remedy?: Hint): EksLambdaError =>
  new EksLambdaError(
    "RightsTooWide",
    `the access entry of ${place.principalArn} has ${showPolicies(policies)}: rights that no Role and no binding shows`,
    { hint: adviceLines([remedy, ...policies.map((one) => disassociation(place, one))]) },
  );

const disassociation = ({ cluster, region, principalArn }: EntryPlace, { arn }: AccessPolicy): Advice =>
  advice`take ${arn.slice(arn.lastIndexOf("/") + 1)} away: ${command`aws eks disassociate-access-policy --cluster-name ${cluster} --principal-arn ${principalArn} --policy-arn ${arn} --region ${region}`}`;
