/** setup's output for people, and as JSON. */
import { expect } from "vitest";
import { test } from "./support/world.ts";

test.beforeEach(({ world: { fresh } }) => fresh());

test("setup --json prints the report and nothing else on stdout", async ({ world: { run, names, home } }) => {
  const { exit, stdout } = await run(`setup --cluster ${names.cluster} --yes --json`);
  expect({ exit, report: JSON.parse(stdout) }).toEqual({
    exit: 0,
    report: {
      cluster: names.cluster,
      region: names.region,
      account: names.account,
      stack: names.stack,
      functionName: names.functionName,
      functionArn: names.functionArn,
      roleArn: names.roleArn,
      access: { method: "aws-auth", username: "lambda" },
      changes: [
        { step: "stack", action: "create", target: names.stack },
        { step: "aws-auth", action: "create", target: "kube-system/aws-auth" },
        { step: "rbac", action: "create", target: "default/role/lambda-create-deployments" },
        { step: "rbac", action: "create", target: "default/rolebinding/lambda-create-deployments" },
        { step: "kubeconfig", action: "create", target: `${home}/.kube/config` },
      ],
      checks: [
        { name: "may create deployments.apps @default", ok: true },
        { name: "may not list deployments.apps @default", ok: true },
      ],
      dryRun: false,
    },
  });
});

test("setup --yes -v sets up, and is verbose: -v is the program's version only without a command", async ({
  world: { run, names },
}) => {
  const version = await run("-v");
  expect(version).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  const { exit, stdout, stderr } = await run(`setup --cluster ${names.cluster} --yes -v`);
  expect({ exit, stdout }).toEqual({ exit: 0, stdout: "" });
  expect(stderr).toContain(`✔ stack ${names.stack} `);
  const { stdout: functions } = await run(`list --cluster ${names.cluster} --json`);
  expect(JSON.parse(functions)).toMatchObject([{ stack: names.stack }]);
  const refused = await run("setup --cluster nosuch --yes -v");
  expect(refused).toMatchObject({ exit: 2, stdout: "", stderr: expect.stringMatching(/\n {4}at .*\n/) });
});

test("setup shows target, plan, progress and checks", async ({ world: { run, names, home } }) => {
  const { exit, stdout, stderr } = await run(`setup --cluster ${names.cluster} --yes`);
  const kubeconfig = `${home}/.kube/config`;
  const column = (text: string) => text.padEnd(kubeconfig.length);
  expect({ exit, stdout, stderr: withoutWaiting(stderr).replace(/^you are .*/m, "you are …") }).toEqual({
    exit: 0,
    stdout: "",
    stderr: `cluster ${names.cluster} · ${names.region} · account ${names.account} · access by aws-auth (authentication mode CONFIG_MAP)
you are …

  + stack       ${column(names.stack)}  function, role, log group
  + aws-auth    ${column("kube-system/aws-auth")}  0 entries untouched
      + - rolearn: ${names.roleArn}
      +   username: lambda
  + rbac        ${column("default/role/lambda-create-deployments")}  create deployments.apps
  + rbac        ${column("default/rolebinding/lambda-create-deployments")}  Role lambda-create-deployments to User lambda
  + kubeconfig  ${kubeconfig}  context ${names.context}

5 to add, 0 to change, 0 to remove

✔ stack ${names.stack}
✔ aws-auth kube-system/aws-auth
✔ rbac default/role/lambda-create-deployments
✔ rbac default/rolebinding/lambda-create-deployments
✔ kubeconfig ${kubeconfig}
✔ checks
checked from inside the function
  ✔ may create deployments.apps @default
  ✔ may not list deployments.apps @default
function  ${names.functionName}
next      eks-lambda invoke --cluster ${names.cluster}
undo      eks-lambda teardown --cluster ${names.cluster}
`,
  });
});

/** Removes lines about waiting, and times: they depend on the backend. */
const withoutWaiting = (text: string): string =>
  text.replace(/^.*: waiting for .*\n/gm, "").replace(/^(✔ .*?) \d+(\.\d)? s$/gm, "$1");
