/**
 * The marks of a grant. Its Roles and RoleBindings carry whom they are for, which rules were declared and who made the
 * role's mapping: without a stack, this is all that is remembered.
 */
import { managedBy } from "../actions/deployment.ts";
import { mappableArn, parseArn } from "../arn.ts";
import { formatNeed, type Need } from "../kube/need.ts";
import { sha256 } from "../sha256.ts";
import { declaredNeeds } from "./declared.ts";

/** The key of the label on objects, and of the tag on an access entry. Its value is the grant's `id`. */
export const grantKey = "eks-lambda/grant";
/** The keys of annotations. */
const roleKey = "eks-lambda/role";
const rulesKey = "eks-lambda/rules";
const mappingKey = "eks-lambda/mapping";

/** Who made the role's mapping. `others`: it was there, and `revoke` keeps it. */
export type MadeMapping = "access-entry" | "aws-auth" | "others";

/** What an object says about its grant. */
export interface GrantMarks {
  /** With its path. */
  readonly role: string;
  /** The needs that the object's namespace, or the cluster, was given. */
  readonly needs: readonly Need[];
  readonly mapping: MadeMapping;
}

export interface MarkedMetadata {
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

export const marksOn = ({ role, needs, mapping }: GrantMarks) => ({
  labels: { ...managedBy, [grantKey]: grantId(role) },
  annotations: { [roleKey]: role, [rulesKey]: needs.map(formatNeed).join("\n"), [mappingKey]: mapping },
});

export const isMarkedFor = ({ labels = {} }: MarkedMetadata, roleArn: string): boolean =>
  labels[grantKey] === grantId(roleArn);

/** Anybody who may write the object may have changed its annotations: what does not fit is left out. */
export function marksIn({ annotations = {} }: MarkedMetadata): Partial<GrantMarks> {
  const role = annotations[roleKey];
  const mapping = madeMappings.find((one) => one === annotations[mappingKey]);
  return { ...(role && { role }), ...(mapping && { mapping }), needs: needsIn(annotations[rulesKey]) };
}

const madeMappings: readonly MadeMapping[] = ["access-entry", "aws-auth", "others"];

const needsIn = (text = ""): readonly Need[] => text.split("\n").flatMap(needIn);

function needIn(text: string): readonly Need[] {
  try {
    return declaredNeeds([text], "default");
  } catch {
    return [];
  }
}
