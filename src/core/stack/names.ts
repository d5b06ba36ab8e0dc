/** Names that derive from the cluster's: the first plan can show everything, and teardown works without the stack. */
import { sha256 } from "../sha256.ts";

/** IAM roles and Lambda functions. */
const roleLength = 64;
/** CloudFormation stacks. */
const stackLength = 128;

const shortHash = (text: string): string => sha256(text).slice(0, 6);
const safe = (text: string): string => text.replace(/[^A-Za-z0-9-]/g, "-");

/** Letters, digits and `-`. A changed or shortened name gets a hash, so that two names never become the same. */
function safeName(parts: readonly string[], length: number): string {
  const raw = parts.join("-");
  const name = safe(raw);
  if (name === raw && raw.length <= length) return raw;
  return `${name.slice(0, length - 7)}-${shortHash(raw)}`;
}

/** `-prod-1a2b3c`, so that the function `prod` of the cluster `demo` is not that of the cluster `demo-prod`. */
const ending = (cluster: string, name: string): string => `-${name}-${shortHash(JSON.stringify([cluster, name]))}`;

/** Only the cluster's part is shortened: the hash tells clusters and names apart, and the text regions. */
function namedName(cluster: string, end: string, length: number): string {
  return safe(`eks-lambda-${cluster}`).slice(0, length - end.length) + end;
}

/** Stack names are unique in a region. `name`: one of several functions for the cluster. */
export const stackName = (cluster: string, name?: string): string =>
  name === undefined
    ? safeName(["eks-lambda", cluster], stackLength)
    : namedName(cluster, ending(cluster, name), stackLength);

/** The name of role and function. Role names are unique in an account, across regions. */
export const functionName = (cluster: string, region: string, name?: string): string =>
  name === undefined
    ? safeName(["eks-lambda", cluster, region], roleLength)
    : namedName(cluster, `-${region}${ending(cluster, name)}`, roleLength);

/** The name of the function in its stack's default name; `undefined` in other names, too. */
export function nameInStack(cluster: string, stack: string): string | undefined {
  const name = stack.slice(`eks-lambda-${cluster}-`.length, -"-1a2b3c".length);
  return name !== "" && stackName(cluster, name) === stack ? name : undefined;
}

/** The default name of the role of a stack's function. `undefined` for a stack with a name of its own. */
export function roleOfStack(cluster: string, region: string, stack: string): string | undefined {
  if (stack === stackName(cluster)) return functionName(cluster, region);
  const name = nameInStack(cluster, stack);
  return name === undefined ? undefined : functionName(cluster, region, name);
}

/** The Kubernetes user that the role is mapped to. */
export const defaultUsername = (name: string | undefined): string =>
  name === undefined ? "lambda" : `eks-lambda:${name}`;

/** The default name of Roles and bindings: the walkthrough's name says that the function only creates Deployments. */
export const rbacNameFor = (cluster: string, name: string | undefined, onlyCreates: boolean): string =>
  `${onlyCreates ? "lambda-create-deployments" : "eks-lambda"}${name === undefined ? "" : ending(cluster, name)}`;

/**
 * All names that setup gives Roles and bindings of a function: chosen ones, and by default. Whatever else carries our
 * label is not ours.
 */
export const rbacNames = (
  cluster: string,
  name: string | undefined,
  chosen: readonly (string | undefined)[],
): ReadonlySet<string> => {
  const byDefault = [true, false].map((onlyCreates) => rbacNameFor(cluster, name, onlyCreates));
  return new Set([...chosen.flatMap((one) => one || []), ...byDefault]);
};
