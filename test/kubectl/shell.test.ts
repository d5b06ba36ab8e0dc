/** The shell of the sandbox, for a person who has kubectl: it acts there from the start. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test as base, expect } from "vitest";
import { type Outcome, repositoryFile, run } from "../acceptance/support/run.ts";
import { packedInto, stepsOf } from "../acceptance/support/walkthrough.ts";

interface Shell {
  readonly home: string;
  /** Runs a script in `eks-lambda sandbox`, in a folder, and ends it with the first command that fails. */
  readonly inSandbox: (folder: string, script: string, env?: Readonly<Record<string, string>>) => Promise<Outcome>;
}

const test = base.extend<{ shell: Shell }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures are used
  shell: async ({}, use) => {
    const home = await mkdtemp(join(tmpdir(), "eks-lambda-page-"));
    const file = join(home, "script.sh");
    await use({
      home,
      async inSandbox(folder, script, env = { PATH: process.env.PATH ?? "" }) {
        await writeFile(file, `set -ex\ncd ${folder}\n${script}\n`);
        const command = `${repositoryFile("bin/eks-lambda.cjs")} sandbox -- /bin/sh ${file}`;
        return run(process.execPath, command, { HOME: home, ...env });
      },
    });
    await rm(home, { recursive: true, force: true, maxRetries: 10 });
  },
});

test("docs/your-own-function.md, word by word, from an empty folder", { timeout: 300_000 }, async ({ shell }) => {
  const project = join(shell.home, "restart");
  await mkdir(join(project, "src"), { recursive: true });
  const { typed, env } = await packedInto(shell.home);
  const steps = await stepsOf("docs/your-own-function.md");
  for (const step of steps) if ("path" in step) await writeFile(join(project, step.path), step.text);
  const commands = steps.flatMap((step) => ("command" in step ? typed(step.command) : []));
  const PATH = [env.PATH, process.env.PATH].join(delimiter);
  const { exit, stdout, stderr } = await shell.inSandbox(project, commands.join("\n"), { ...env, PATH });
  expect(exit, stdout + stderr).toBe(0);
  expect(stdout).toContain("deployment.apps/web created");
  expect(stdout).toContain('{"name":"web","readyReplicas":2}');
});

test("kubectl acts as the administrator from the start, and after setup and teardown", async ({ shell }) => {
  const { exit, stdout, stderr } = await shell.inSandbox(
    shell.home,
    [
      "kubectl auth whoami -o jsonpath='{.status.userInfo.username}'; echo",
      "eks-lambda setup --yes; kubectl config get-contexts -o name; kubectl get roles -o name",
      "eks-lambda teardown --yes; kubectl config current-context; kubectl get roles -o name",
    ].join("\n"),
  );
  expect(exit, stderr).toBe(0);
  const admin = "arn:aws:eks:us-east-1:123456789012:cluster/demo";
  expect(stdout.split("\n").filter((line) => !/^(cluster|you are|checked| |next|undo|\d+ to|✔)/.test(line))).toEqual([
    "kubernetes-admin",
    ...[admin, "eks-lambda/demo", "role.rbac.authorization.k8s.io/lambda-create-deployments"],
    admin,
    "",
  ]);
});

test("an image named missing/… makes a rollout fail that --wait shows, with the node's reasons", async ({ shell }) => {
  const { exit, stdout, stderr } = await shell.inSandbox(
    shell.home,
    [
      "eks-lambda setup --yes --allow create:deployments set-image:deployments status:deployments",
      'eks-lambda invoke --event \'{"name":"web"}\'',
      'kubectl patch deployment web --patch \'{"spec":{"progressDeadlineSeconds":2}}\'',
      "eks-lambda invoke set-image deployments/web --set image=missing/web:2 --wait",
    ].join("\n"),
  );
  expect([exit, stdout]).toEqual([1, expect.stringContaining("ErrImagePull")]);
  expect(stderr).toMatch(
    /error .*"web".* progress deadline.*\n +Pod web-\S+.*, container "[^"]+" of missing\/web:2, ErrImagePull: failed to pull and unpack image "docker\.io\/missing\/web:2"[^\n]* \(RolloutFailed\)/s,
  );
});
