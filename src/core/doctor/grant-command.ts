/** The command that gives the examined role rights, for hints. */
import { roleOfSession } from "../arn.ts";
import type { Facts } from "./facts.ts";

export async function grantCommand(
  { cluster, region, roleArn }: Pick<Facts, "cluster" | "region" | "roleArn">,
  rules: readonly string[],
): Promise<string> {
  const [{ name }, arn] = await Promise.all([cluster(), roleArn()]);
  const allow = rules.map((rule) => `--allow '${rule}'`).join(" ");
  return `eks-lambda grant --cluster ${name} --region ${region} --role ${roleOfSession(arn)} ${allow}`;
}
