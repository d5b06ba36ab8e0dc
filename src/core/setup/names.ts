/** Names that are known before the things are: so a dry run can show all, and teardown finds what a lost stack left. */
import { createHash } from "node:crypto";

/** IAM roles and Lambda functions. */
const roleLength = 64;
/** CloudFormation stacks. */
const stackLength = 128;

/** Letters, digits and `-`; what had to be changed or cut gets a hash, so that two names never become one. */
function safeName(parts: readonly string[], length: number): string {
  const raw = parts.join("-");
  const safe = raw.replace(/[^A-Za-z0-9-]/g, "-");
  if (safe === raw && raw.length <= length) return raw;
  return `${safe.slice(0, length - 7)}-${createHash("sha256").update(raw).digest("hex").slice(0, 6)}`;
}

/** A stack lives in a region. */
export const stackName = (cluster: string): string => safeName(["eks-lambda", cluster], stackLength);

/** The role's and the function's: a role lives in all regions of an account. */
export const functionName = (cluster: string, region: string): string =>
  safeName(["eks-lambda", cluster, region], roleLength);
