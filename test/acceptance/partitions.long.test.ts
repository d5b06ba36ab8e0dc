/** The main job in AWS's partition in China, with its own ARNs and its own hosts of STS. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { readAwsAuth } from "./support/cluster.ts";
import { worldTest } from "./support/world.ts";

const test = worldTest({ place: { region: "cn-north-1", partition: "aws-cn" }, isAlone: true });

test.beforeEach(({ world }) => world.fresh());

test.for([
  ["aws-auth", "CONFIG_MAP"],
  ["an access entry", "API"],
] as const)(
  "with access by %s, no command means an ARN of another partition",
  async ([, authenticationMode], { world }) => {
    const { backend, names, run } = world;
    await backend.describe(names.cluster, { authenticationMode });
    await backend.assumeRole("deployer");
    const role = names.roleArn.replace(names.role, "deployer");
    const folder = join(world.home, "exported");
    const commands = [
      ...["setup --yes", "setup --yes --name web", "invoke", "invoke --local", "doctor", "list"],
      ...[`grant --yes --role ${role} --allow 'get pods'`, `doctor --role ${role}`, `revoke --yes --role ${role}`],
      ...["permissions", `permissions --role ${role}`, `export ${folder} --to sam`, `export ${folder} --to kubectl`],
      ...["teardown --yes --name web --workloads", "teardown --yes --workloads"],
    ];
    for (const command of commands) {
      const { exit, stdout, stderr } = await run(command);
      expect(exit, `${command}: ${stderr}`).toBe(0);
      expect(`${stdout}${stderr}`, command).not.toContain("arn:aws:");
      if (command.endsWith("--to sam"))
        expect(`${stdout}${stderr}`).toMatch(/^next {2}cd \S+ && (sam build && )?sam deploy$/m);
    }
    for (const file of await readdir(folder, { recursive: true, withFileTypes: true }))
      if (file.isFile())
        expect(await readFile(join(file.parentPath, file.name), "utf8"), file.name).not.toContain("arn:aws:");
    expect((await readAwsAuth(backend))?.mapRoles ?? "").not.toContain("arn:");
  },
);
