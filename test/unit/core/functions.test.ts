/** The functions for a cluster, as `list` finds them in a sandbox. */
import { expect, test } from "vitest";
import { functionsOf } from "../../../src/core/functions.ts";
import { kubeOf } from "../support/meddling.ts";
import { useSetup } from "../support/setup-in-process.ts";

const { sandbox, apply, ports } = useSetup();

function list(cluster = sandbox().cluster.name) {
  const { account, region } = sandbox();
  const { cloudformation, lambda } = ports();
  return functionsOf({ kube: kubeOf(sandbox()), cloudformation, lambda }, { account, region, cluster });
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
