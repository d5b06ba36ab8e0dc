/** What to do about a stack that failed, by the words of the service that refused. To add a case, add it to the list. */
import type { Pairs } from "../aws/cloudformation.ts";
import { denialRemedy } from "../aws/denial.ts";
import { advice, command, type Hint } from "../command.ts";
import { type Chosen, fieldOf, parametersOf } from "../parameters/deployed.ts";
import { freeAddresses } from "./placement.ts";

interface Case {
  readonly reason: RegExp;
  readonly remedy: (parameters: Pairs, found: RegExpExecArray) => Hint;
}

/** Lambda's words: `Architecture "arm64" is not supported in eu-west-3. Please select "x86_64" …` */
const arm64Missing = /\barchitecture\b.*\barm64\b.* is not supported/i;

const cases: readonly Case[] = [
  { reason: arm64Missing, remedy: () => "this Region has no arm64 for Lambda: choose --architecture x86_64" },
  {
    // Lambda's words: `Value nodejs24.x at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: […]`
    reason: /\bValue '?(nodejs[\w.]+)'? at 'runtime' failed to satisfy constraint/i,
    remedy: (_, [, runtime]) =>
      advice`Lambda does not offer ${runtime ?? "it"} in this Region. Use a cluster in another --region; or run \`${command`eks-lambda export --to sam`}\`, change \`Runtime\` in its template.yml to nodejs22.x, and deploy that with the SAM CLI`,
  },
  {
    reason: /SubnetOutOfIPAddresses|SubnetIPAddressLimit|(insufficient|not enough|no available).*\bIP addresses/i,
    remedy: (parameters) =>
      advice`choose subnets with free addresses with --subnet-ids; these have: ${freeAddresses(fieldOf("subnetIds", parameters))}`,
  },
  {
    // EC2's words: `The maximum number of rules per security group has been reached.`
    reason: /RulesPerSecurityGroupLimitExceeded|maximum number of rules per security group/i,
    remedy: (parameters) =>
      `the cluster's security group ${fieldOf("clusterSecurityGroupId", parameters)} admits the function by one more rule: let functions share a security group with --security-group-ids, or raise the quota "Inbound or outbound rules per security group"`,
  },
];

export function remedyFor(reason: string, parameters: Pairs): Hint | undefined {
  for (const one of cases) {
    const found = one.reason.exec(reason);
    if (found) return one.remedy(parameters, found);
  }
  return denialRemedy(reason);
}

/** The parameters to deploy instead, where the Region has no arm64 and nobody chose it. */
export const withoutArm64 = (
  reason: string,
  given: Pick<Chosen, "architecture">,
  parameters: Pairs,
): Pairs | undefined =>
  arm64Missing.test(reason) && !given.architecture && fieldOf("architecture", parameters) === "arm64"
    ? { ...parameters, ...parametersOf({ architecture: "x86_64" }) }
    : undefined;
