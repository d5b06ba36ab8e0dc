/**
 * What a smoke test makes is named by its id, so that `--clean` finds it again wherever the test was killed. The namespace
 * comes first and goes last: as long as anything is left, it is there, with the id in its label.
 */

import type { Allowed } from "../actions/place.ts";
import { roleArnOf } from "../partition.ts";
import { functionName, stackName } from "../stack/names.ts";

/** The label of the namespace, and the tag of stacks and role. Its value is the id. */
export const smokeKey = "eks-lambda/smoke";

export const idRule = { pattern: /^[0-9a-f]{6}$/, must: "the id of a smoke test: six digits and letters a to f" };

export interface SmokePlace {
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
}

const onDeployments = (action: string): Allowed => ({
  ...{ action, group: "apps", version: "v1", resource: "deployments", kind: "Deployment" },
});
const onConfigMaps = (action: string): Allowed => ({
  ...{ action, group: "", version: "v1", resource: "configmaps", kind: "ConfigMap" },
});

/** What its first function may do. */
export const smokeAllowed = ["create", "restart", "status"].map(onDeployments);

/** What its second function may do: see a Deployment, and what a stack of CloudFormation asks for. */
export const ownAllowed = [onDeployments("status"), ...["apply", "delete"].map(onConfigMaps)];

interface SmokeFunction {
  /** For `--name`. */
  readonly name: string;
  readonly stack: string;
  /** Of function and role. */
  readonly functionName: string;
}

export interface SmokeNames {
  readonly id: string;
  readonly namespace: string;
  /** Two for the cluster. */
  readonly functions: readonly [SmokeFunction, SmokeFunction];
  /** The stack with an object of Kubernetes. */
  readonly stack: string;
  /** The role that grant is tried with. No one can assume it. */
  readonly role: string;
  readonly roleArn: string;
}

const prefix = "eks-lambda-smoke-";

export function smokeNames(id: string, { account, region, cluster }: SmokePlace): SmokeNames {
  const named = (letter: string): SmokeFunction => {
    const name = `smoke-${id}-${letter}`;
    return { name, stack: stackName(cluster, name), functionName: functionName(cluster, region, name) };
  };
  const role = prefix + id;
  return {
    id,
    namespace: role,
    functions: [named("a"), named("b")],
    stack: named("c").stack,
    role,
    roleArn: roleArnOf({ account, region }, role),
  };
}

/** The id of a namespace with our label, if name and label agree. */
export const idOf = (name: string, label = ""): string | undefined =>
  name === prefix + label && idRule.pattern.test(label) ? label : undefined;

/** In a policy: the names of every smoke test. `anyName` is one that `anySmoke` makes a pattern. */
export const anyRole = `${prefix}*`;
export const anyName = "smoke-000000-a";
export const anySmoke = (text: string): string => text.replace(/\bsmoke-[0-9a-f]{6}-[a-c]-[0-9a-f]{6}/g, "smoke-*");

/** Lines about the smoke tests that run beside this one. */
const ofOthers = /\bsmoke-[0-9a-f]{6}\b/;

/** True if the text is byte for byte as before, but for what other smoke tests have there meanwhile. */
export function isAsBefore(
  before: string | undefined,
  now: string | undefined,
  { id }: Pick<SmokeNames, "id">,
): boolean {
  if (before === now) return true;
  const own = (text = "") => text.split("\n").filter((line) => line.includes(`smoke-${id}`) || !ofOthers.test(line));
  return own(before).join("\n") === own(now).join("\n");
}
