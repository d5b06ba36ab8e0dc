/** The functions for a cluster, as `list` finds them in a sandbox. */
import { expect, test } from "vitest";
import { ownerMarks } from "../../../../src/core/kube/owner.ts";
import { titleOf } from "../../../../src/core/rbac/objects.ts";
import { functionsOf } from "../../../../src/core/stack/functions.ts";
import { kubeOf } from "../../support/meddling.ts";
import { useSetup } from "../../support/setup-in-process.ts";

const { sandbox, kube, apply, ports: awsPorts } = useSetup();
/** What the last list did not take for ours. */
let strange: readonly string[] = [];

async function list(cluster = sandbox().cluster.name) {
  const { account, region } = sandbox();
  const { cloudformation, lambda } = awsPorts();
  const ports = { kube: kubeOf(sandbox()), cloudformation, lambda };
  const { functions, strangers } = await functionsOf(ports, { account, region, cluster });
  strange = strangers.map(titleOf);
  return functions;
}

test("none before setup", async () => expect(await list()).toEqual([]));

test("each has its own user, rights and state", async () => {
  await apply("present");
  await apply("present", { name: "ci", namespace: "kube-public" });
  expect(await list()).toEqual([
    expect.objectContaining({
      name: undefined,
      owner: "123456789012/us-east-1/eks-lambda-demo",
      functionName: "eks-lambda-demo-us-east-1",
      users: ["lambda"],
      namespaces: ["default"],
      access: "aws-auth",
      version: "0.0.0",
      state: "Active",
      may: ["create deployments.apps @default"],
    }),
    expect.objectContaining({
      name: "ci",
      users: ["eks-lambda:ci"],
      namespaces: ["kube-public"],
      state: "Active",
      may: ["create deployments.apps @kube-public"],
    }),
  ]);
});

test("distinguishes missing functions, missing stacks and bad states", async () => {
  await apply("present");
  sandbox().remove("AWS::Lambda::Function", "eks-lambda-demo-us-east-1");
  expect(await list()).toMatchObject([{ state: "no function" }]);
  sandbox().setStackStatus("eks-lambda-demo", "UPDATE_ROLLBACK_FAILED");
  expect(await list()).toMatchObject([{ state: "UPDATE_ROLLBACK_FAILED" }]);
  expect(await list("another")).toMatchObject([{ state: "no stack", stack: undefined, users: ["lambda"] }]);
});

test("the state is unknown where the caller may not read the function", async () => {
  await apply("present");
  sandbox().faults.forbid.push("lambda:GetFunctionConfiguration");
  expect(await list()).toMatchObject([{ functionName: "eks-lambda-demo-us-east-1", state: "unknown" }]);
});

const roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-public/roles";
const marked = (owner: string, name: string) =>
  kube("POST", roles, { body: { metadata: { name, ...ownerMarks(owner) }, rules: [] } });

test("what a tenant has marked as a stack's under another name is no function's", async () => {
  await apply("present");
  const before = await list();
  await marked("123456789012/us-east-1/eks-lambda-demo", "x y");
  await marked("123456789012/us-east-1/of-nobody", "é");
  expect(await list()).toEqual(before);
  expect(strange).toEqual(["kube-public/role/x y", "kube-public/role/é"]);
});

test("however many stacks a tenant makes up, the real ones are found, and AWS is asked about few", async () => {
  await apply("present");
  const before = await list();
  for (let at = 0; at < 150; at++)
    await marked(`123456789012/us-east-1/a${at}`, at === 0 ? "lambda-create-deployments" : `r${at}`);
  const calls: string[] = [];
  const { cloudformation, lambda } = awsPorts();
  const counting = {
    async stack(name: string) {
      calls.push(name);
      return cloudformation.stack(name);
    },
  };
  const { account, region, cluster } = sandbox();
  const ports = { kube: kubeOf(sandbox()), cloudformation: counting, lambda };
  const { functions, strangers } = await functionsOf(ports, { account, region, cluster: cluster.name });
  expect(functions).toEqual(expect.arrayContaining([...before]));
  expect(strangers).toHaveLength(149);
  expect(calls).toHaveLength(100);
});
