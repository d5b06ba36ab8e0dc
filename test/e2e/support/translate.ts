/** Transforms the template with SAM's translator, once for each combination of options. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryFile } from "../../acceptance/support/run.ts";
import type { RealBackend } from "../backend/index.ts";

const boundary = "arn:aws:iam::123456789012:policy/boundary";
const vpc = { SubnetIds: "subnet-0123456789abcdef0,subnet-0123456789abcdef1", VpcId: "vpc-0123456789abcdef0" };

/** Parameters that decide conditions. Tags belong to the stack, not to its template. */
const places = {
  outside: { SubnetIds: "", SecurityGroupIds: "", VpcId: "", ClusterSecurityGroupId: "" },
  vpc: { ...vpc, SecurityGroupIds: "", ClusterSecurityGroupId: "" },
  "vpc-admitted": { ...vpc, SecurityGroupIds: "", ClusterSecurityGroupId: "sg-0123456789abcdef0" },
  "vpc-given-group": {
    ...vpc,
    SecurityGroupIds: "sg-0123456789abcdef1,sg-0123456789abcdef2",
    ClusterSecurityGroupId: "",
  },
};
const accesses = {
  "aws-auth": { MapByAccessEntry: "false", Entry: "", Name: "", ExportName: "" },
  entry: { MapByAccessEntry: "true", Entry: "src/web.ts", Name: "web", ExportName: "web" },
};
const bounds = {
  free: { PermissionsBoundary: "", ReservedConcurrency: "", MaximumEventAgeInSeconds: "", MaximumRetryAttempts: "" },
  bounded: {
    ...{ PermissionsBoundary: boundary, ReservedConcurrency: "5" },
    ...{ MaximumEventAgeInSeconds: "300", MaximumRetryAttempts: "0" },
  },
};

const combinations = Object.fromEntries(
  Object.entries(places).flatMap(([place, placed]) =>
    Object.entries(accesses).flatMap(([access, mapped]) =>
      Object.entries(bounds).map(([bound, limited]) => [
        `${place}-${access}-${bound}`,
        { ...placed, ...mapped, ...limited },
      ]),
    ),
  ),
);

/** Returns the paths of JSON files, one for each combination. */
export async function translated({ bin, folder, region }: RealBackend, template: string): Promise<readonly string[]> {
  const into = await mkdtemp(join(folder, "translated-"));
  const env = { AWS_DEFAULT_REGION: region, PYTHONDONTWRITEBYTECODE: "1" };
  const program = repositoryFile("test/e2e/support/translate.py");
  const translating = promisify(execFile)(bin.python, [program, template, into], { env });
  translating.child.stdin?.end(JSON.stringify(combinations));
  await translating;
  return (await readdir(into)).map((name) => join(into, name));
}
