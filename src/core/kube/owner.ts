/** Marks on objects in the cluster that name the stack they belong to. */
import { sha256 } from "../sha256.ts";

/** The key of the label and of the annotation. */
export const ownerKey = "eks-lambda/owner";

/** The environment variable in which the stack gives the function its owner. */
export const ownerVariable = "EKS_LAMBDA_OWNER";

export interface StackIdentity {
  readonly account: string;
  readonly region: string;
  readonly stack: string;
}

/** `111122223333/us-east-1/eks-lambda-demo` */
export const ownerName = ({ account, region, stack }: StackIdentity): string => `${account}/${region}/${stack}`;

/** The stack's name in an owner of this account and region; `undefined` for another's. */
export function stackOfOwner(owner: string, { account, region }: Omit<StackIdentity, "stack">): string | undefined {
  const here = ownerName({ account, region, stack: "" });
  return owner.startsWith(here) ? owner.slice(here.length) : undefined;
}

/** 32 hexadecimal digits: a stack's name may have 128 characters, and a label's value at most 63. */
export const ownerHash = (owner: string): string => sha256(owner).slice(0, 32);

export interface OwnerMarks {
  /** To select objects. */
  readonly labels: Readonly<Record<string, string>>;
  /** For people to read. */
  readonly annotations: Readonly<Record<string, string>>;
}

export const ownerMarks = (owner: string): OwnerMarks => ({
  labels: { [ownerKey]: ownerHash(owner) },
  annotations: { [ownerKey]: owner },
});
