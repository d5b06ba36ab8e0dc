/** Names that derive from the cluster's: the first plan can show everything, and teardown works without the stack. */
import { sha256 } from "../sha256.ts";

/** IAM roles and Lambda functions. */
const roleLength = 64;
/** CloudFormation stacks. */
const stackLength = 128;

/** Letters, digits and `-`. A changed or shortened name gets a hash, so that two names never become the same. */
function safeName(parts: readonly string[], length: number): string {
  const raw = parts.join("-");
  const safe = raw.replace(/[^A-Za-z0-9-]/g, "-");
  if (safe === raw && raw.length <= length) return raw;
  return `${safe.slice(0, length - 7)}-${sha256(raw).slice(0, 6)}`;
}

/** Stack names are unique in a region. */
export const stackName = (cluster: string): string => safeName(["eks-lambda", cluster], stackLength);

/** The name of role and function. Role names are unique in an account, across regions. */
export const functionName = (cluster: string, region: string): string =>
  safeName(["eks-lambda", cluster, region], roleLength);
