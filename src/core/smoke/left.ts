/** Looks whether anything of a smoke test is left. */

import { mappableArn } from "../arn.ts";
import type { CloudFormation } from "../aws/cloudformation.ts";
import type { Eks } from "../aws/eks.ts";
import type { Iam } from "../aws/iam.ts";
import type { Lambda } from "../aws/lambda.ts";
import type { Logs } from "../aws/logs.ts";
import { EksLambdaError } from "../errors.ts";
import type { Kube } from "../kube/request.ts";
import { readAwsAuth } from "../mapping/aws-auth/config-map.ts";
import type { Mode } from "../mapping/modes.ts";
import { roleArnOf } from "../partition.ts";
import { logGroupOf } from "../stack/log.ts";
import { type SmokeNames, type SmokePlace, smokeKey } from "./names.ts";

export interface SmokePorts {
  readonly kube: Kube;
  readonly cloudformation: CloudFormation;
  readonly iam: Iam;
  readonly eks: Pick<Eks, "accessEntry">;
  readonly lambda: Pick<Lambda, "configuration">;
  readonly logs: Pick<Logs, "group">;
  readonly place: SmokePlace;
  readonly mode: Mode;
}

const stacksOf = ({ functions, stack }: SmokeNames): readonly string[] => [...functions.map((one) => one.stack), stack];

/** In the account and in aws-auth: what its namespace must outlive. */
export async function leftOutside(ports: SmokePorts, names: SmokeNames): Promise<readonly string[]> {
  const { functions, role, roleArn } = names;
  const { cloudformation, iam, eks, lambda, logs, place, mode } = ports;
  const arns = [...functions.map(({ functionName }) => roleArnOf(place, functionName)), roleArn];
  const stillThere = async (what: string, look: Promise<unknown>) => ((await look) === undefined ? [] : [what]);
  const awsAuth = mode.readsAwsAuth ? ((await readAwsAuth(ports.kube))?.data?.mapRoles ?? "") : "";
  const left = await Promise.all([
    ...stacksOf(names).map((name) => stillThere(`stack ${name}`, cloudformation.stack(name))),
    ...functions.map(({ functionName: name }) => stillThere(`function ${name}`, lambda.configuration(name))),
    ...functions
      .map(({ functionName }) => logGroupOf(functionName))
      .map((name) => stillThere(`log group ${name}`, logs.group(name))),
    ...[...functions.map(({ functionName }) => functionName), role].map((name) =>
      stillThere(`role ${name}`, iam.role(name)),
    ),
    ...(mode.readsEntries ? arns : []).map((arn) =>
      stillThere(`access entry of ${arn}`, eks.accessEntry(place.cluster, arn)),
    ),
  ]);
  const lines = arns.filter((arn) => awsAuth.includes(mappableArn(arn))).map((arn) => `aws-auth entry of ${arn}`);
  return [...left.flat(), ...lines];
}

/** Throws `StackNotOurs` for a stack that has the name of one of a smoke test, and not its tag. */
export async function refuseOthers({ cloudformation }: SmokePorts, names: SmokeNames): Promise<void> {
  const { id } = names;
  for (const stack of stacksOf(names)) {
    const found = await cloudformation.stack(stack);
    // Change sets that were not executed have no tags yet, and no resources.
    if (!found || found.status === "REVIEW_IN_PROGRESS" || found.tags[smokeKey] === id) continue;
    throw new EksLambdaError("StackNotOurs", `there is a stack "${stack}" that no smoke test made`, {
      hint: `it lacks the tag ${smokeKey}=${id}; without it, --clean deletes nothing of this id`,
    });
  }
}
