/** What was changed or deleted outside of CloudFormation, which an ordinary update does not bring back. */
import type { FunctionConfiguration } from "../../aws/lambda.ts";
import type { Target } from "../target.ts";
import { entryDrift } from "./entry.ts";
import { type Live, unknown } from "./live.ts";
import { hasResource } from "./resources.ts";

export interface Drift {
  /** What a change set with `DeploymentMode: REVERT_DRIFT` puts right, in words. */
  readonly reverted: readonly string[];
  /** Why the access entry must be deleted and made again, in words. */
  readonly entry: string | undefined;
}

export const noDrift: Drift = { reverted: [], entry: undefined };

/** `hash` is of the template with which the stack will be compared: another version updates the function anyway. */
export function driftOf(target: Target, live: Live, hash: string): Drift {
  const { found, functionName, roleName } = target;
  if (!found) return noDrift;
  const has = (logicalId: string, name?: string) => hasResource(found.resources, logicalId, name);
  const reverted = [
    ...(has("FunctionRole", roleName) && !live.role ? [`the role ${roleName} was deleted`] : []),
    ...(has("Function", functionName) ? functionDrift(target, live, hash) : []),
  ];
  return { reverted, entry: entryDrift(target, live) };
}

function functionDrift(target: Target, live: Live, hash: string): readonly string[] {
  const { functionName, roleName, found } = target;
  if (live.function === unknown) return [];
  if (live.function === undefined) return [`the function ${functionName} was deleted`];
  const changed = found?.parameters.ContentHash === hash ? changedVariables(target, live.function) : [];
  return [
    ...(changed.length > 0 ? [`the function ${functionName} was changed: ${changed.join(", ")}`] : []),
    ...(isForEarlierRole(live.function, live.role) ? [`the role ${roleName} was made again without the stack`] : []),
  ];
}

/** Lambda grants the use of its key to one role, which it knows by its unique id. */
export const isForEarlierRole = (
  { environment: { ROLE_ID } }: Pick<FunctionConfiguration, "environment">,
  role: Live["role"],
): boolean => ROLE_ID !== undefined && role?.id !== undefined && ROLE_ID !== role.id;

/** The environment variables that template.yml sets, by the parameter that they have as their value. */
const variables: Readonly<Record<string, string>> = {
  CLUSTER_NAME: "ClusterName",
  CLUSTER_ENDPOINT: "ClusterEndpoint",
  CLUSTER_CA: "ClusterCa",
  CLUSTER_NAMESPACE: "ClusterNamespace",
  KUBERNETES_USERNAME: "KubernetesUsername",
};

function changedVariables({ found, roleArn }: Target, { environment, roleArn: runsAs }: FunctionConfiguration) {
  const { parameters = {} } = found ?? {};
  const changed = Object.entries(variables).filter(([name, parameter]) => environment[name] !== parameters[parameter]);
  const wasRenamed = !roleArn.endsWith(`/${parameters.RoleName}`);
  return [...changed.map(([name]) => name), ...(runsAs === roleArn || wasRenamed ? [] : ["its role"])];
}
