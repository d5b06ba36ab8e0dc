/** What there is of the stack's resources, whatever CloudFormation remembers: it does not see what others do to them. */
import type { AccessEntry, Eks } from "../../aws/eks.ts";
import type { Iam, RoleIdentity } from "../../aws/iam.ts";
import type { FunctionConfiguration, Lambda } from "../../aws/lambda.ts";
import { EksLambdaError } from "../../errors.ts";
import type { Target } from "../target.ts";

/** `undefined`: there is none of that name. */
export interface Live {
  readonly role: RoleIdentity | undefined;
  readonly function: FunctionConfiguration | undefined | typeof unknown;
  readonly entry: AccessEntry | undefined;
}

/** The caller may not look. */
export const unknown = "unknown";

export interface LivePorts {
  readonly iam: Iam;
  readonly eks: Pick<Eks, "accessEntry">;
  readonly lambda: Pick<Lambda, "configuration">;
}

export async function readLive({ iam, eks, lambda }: LivePorts, target: Target): Promise<Live> {
  const { access, cluster, roleArn, roleName, functionName } = target;
  const [role, configuration, entry] = await Promise.all([
    iam.role(roleName),
    lambda.configuration(functionName).catch(unlessForbidden),
    access.entriesCount && cluster.exists ? eks.accessEntry(cluster.name, roleArn) : undefined,
  ]);
  return { role, function: configuration, entry };
}

function unlessForbidden(error: unknown): typeof unknown {
  if (error instanceof EksLambdaError && error.code === "AwsForbidden") return unknown;
  throw error;
}
