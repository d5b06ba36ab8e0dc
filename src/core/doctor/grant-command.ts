/** The command that gives the examined role rights, for hints. */

import { roleOfSession } from "../arn.ts";
import { type Command, command } from "../command.ts";
import type { Facts } from "./facts.ts";

export async function grantCommand(
  { cluster, region, roleArn }: Pick<Facts, "cluster" | "region" | "roleArn">,
  rules: readonly string[],
): Promise<Command> {
  const [{ name }, arn] = await Promise.all([cluster(), roleArn()]);
  const allow = rules.flatMap((rule) => ["--allow", rule]);
  return command`eks-lambda grant --cluster ${name} --region ${region} --role ${roleOfSession(arn)} ${allow}`;
}
