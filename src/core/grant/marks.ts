/**
 * The marks of a grant. Its Roles and RoleBindings carry whom they are for, which rules were declared and who made the
 * role's mapping: without a stack, this is all that is remembered. Anyone who may write Roles in a namespace can write
 * marks there, so they only count together with name and place: docs/decisions/0030-what-tenants-can-forge.md
 */
import { managedBy } from "../actions/deployment.ts";
import { mappableArn, parseArn } from "../arn.ts";
import type { Need } from "../kube/need.ts";
import { isMethod, type Method } from "../mapping/modes.ts";
import { placeOf } from "../rbac/objects.ts";
import { sha256 } from "../sha256.ts";
import { declaredNeeds, longestRecord, recordOf } from "./declared.ts";

/** The key of the label on objects, and of the tag on an access entry. Its value is the grant's `id`. */
export const grantKey = "eks-lambda/grant";
/** The keys of annotations. */
const roleKey = "eks-lambda/role";
const rulesKey = "eks-lambda/rules";
const mappingKey = "eks-lambda/mapping";

/** Who made the role's mapping. `others`: it was there, and `revoke` keeps it. */
export type MadeMapping = Method | "others";

/** What an object says about its grant. */
export interface GrantMarks {
  /** With its path. */
  readonly role: string;
  /** The needs that the object's namespace, or the cluster, was given. */
  readonly needs: readonly Need[];
  readonly mapping: MadeMapping;
}

export interface MarkedMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** 32 hexadecimal digits. A role's path does not count, nor the letter case of its ARN: IAM's names are unique without them. */
export const grantId = (roleArn: string): string => sha256(mappableArn(roleArn).toLowerCase()).slice(0, 32);

/** The name of Roles and bindings, `eks-lambda-grant-ci-0123abcd`: with a hash, because accounts share role names. */
export function grantName(roleArn: string): string {
  const role = parseArn(mappableArn(roleArn))?.resource.split("/").at(-1) ?? "";
  return `eks-lambda-grant-${role.toLowerCase().replace(/[^a-z0-9-]+/g, "-")}-${grantId(roleArn).slice(0, 8)}`;
}

/** The annotation of aws-auth that says that grant made the role's entry. */
export const awsAuthMark = (roleArn: string): string => `${grantKey}-${grantId(roleArn)}`;

export const marksOn = ({ role, needs, mapping }: GrantMarks) => ({
  labels: { ...managedBy, [grantKey]: grantId(role) },
  annotations: { [roleKey]: role, [rulesKey]: recordOf(needs), [mappingKey]: mapping },
});

export const isMarkedFor = ({ labels = {} }: Pick<MarkedMetadata, "labels">, roleArn: string): boolean =>
  labels[grantKey] === grantId(roleArn);

/** True if label and name are those that grant gives an object for this role. */
export const isOfGrant = (metadata: MarkedMetadata, roleArn: string): boolean =>
  isMarkedFor(metadata, roleArn) && metadata.name === grantName(roleArn);

/** Longer than any ARN of a role. */
const longestArn = 1_024;

/** The ARN that an object of a grant records, if the object is the grant's by its label and name. */
export function roleIn(metadata: MarkedMetadata): string | undefined {
  const role = metadata.annotations?.[roleKey] ?? "";
  return role.length <= longestArn && isOfGrant(metadata, role) ? role : undefined;
}

/** For people and `list`. Whether revoke removes the mapping is decided by marks that only administrators can write. */
export const mappingIn = ({ annotations = {} }: MarkedMetadata): MadeMapping | undefined =>
  madeIn(annotations[mappingKey]);

const madeIn = (text: string | undefined): MadeMapping | undefined =>
  text === "others" || isMethod(text) ? text : undefined;

/** The recorded needs of the object's own place. What does not fit was not written by grant, and is left out. */
export function needsIn({ namespace, annotations = {} }: MarkedMetadata): readonly Need[] {
  const record = annotations[rulesKey] ?? "";
  if (record.length > longestRecord) return [];
  return record
    .split("\n")
    .flatMap(needIn)
    .filter((need) => placeOf(need) === namespace);
}

function needIn(text: string): readonly Need[] {
  try {
    return declaredNeeds([text], "default");
  } catch {
    return [];
  }
}
