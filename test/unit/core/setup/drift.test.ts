/** What others changed or deleted behind setup's back: the plan names it, and one more setup puts it right. */
import { DeleteAccessEntryCommand, EKSClient, UpdateAccessEntryCommand } from "@aws-sdk/client-eks";
import { describe, expect, test } from "vitest";
import { awsAuth, configMaps, rbac } from "../../sandbox/support.ts";
import { useSetup } from "../../support/setup-in-process.ts";

const name = "eks-lambda-demo-us-east-1";
const principalArn = `arn:aws:iam::123456789012:role/${name}`;
const entry = { clusterName: "demo", principalArn };

describe("by access entry", () => {
  const { sandbox, client, changes, apply } = useSetup({ authenticationMode: "API" });
  const eks = () => new EKSClient(client());

  test.each([
    [`the function ${name} was deleted`, async () => sandbox().remove("AWS::Lambda::Function", name)],
    [`the role ${name} was deleted`, async () => sandbox().remove("AWS::IAM::Role", name)],
    ["the access entry was deleted", () => eks().send(new DeleteAccessEntryCommand(entry))],
    [
      'the access entry was changed to the user "admin"',
      () => eks().send(new UpdateAccessEntryCommand({ ...entry, username: "admin" })),
    ],
    [
      "the access entry was given the groups admins",
      () => eks().send(new UpdateAccessEntryCommand({ ...entry, kubernetesGroups: ["admins"] })),
    ],
  ])("%s is in the plan, and put right", async (what, drift) => {
    await apply("present");
    await drift();
    const [change] = (await changes("present")).filter(({ action }) => action !== "unchanged");
    expect(change).toMatchObject({ step: "stack", action: "update", before: expect.stringContaining(what) });
    await apply("present");
    expect((await changes("present")).filter(({ action }) => action !== "unchanged")).toEqual([]);
    await apply("absent");
    expect((await changes("absent")).filter(({ action }) => action !== "unchanged")).toEqual([]);
  });
});

describe("by aws-auth", () => {
  const { kube, changes, apply } = useSetup();
  const type = "application/merge-patch+json";
  const path = `${configMaps}/aws-auth`;

  test.each([
    ["create aws-auth", () => kube("DELETE", path)],
    [
      "update aws-auth",
      () => {
        const { data } = awsAuth({ mapRoles: `- rolearn: ${principalArn}\n  username: x\n  groups: [a]\n` });
        return kube("PATCH", path, { body: { data }, type });
      },
    ],
    ["create rbac", () => kube("DELETE", `${rbac}/roles/lambda-create-deployments`)],
    ["create rbac", () => kube("DELETE", `${rbac}/rolebindings/lambda-create-deployments`)],
    [
      "update rbac",
      () => {
        const subjects = [{ kind: "User", name: "someone", apiGroup: "rbac.authorization.k8s.io" }];
        return kube("PATCH", `${rbac}/rolebindings/lambda-create-deployments`, { body: { subjects }, type });
      },
    ],
  ])("%s is planned for what is gone or changed, alone, and put right", async (planned, drift) => {
    await apply("present");
    await drift();
    const different = (await changes("present")).filter(({ action }) => action !== "unchanged");
    expect(different.map(({ step, action }) => `${action} ${step}`)).toEqual([planned]);
    await apply("present");
    expect((await changes("present")).filter(({ action }) => action !== "unchanged")).toEqual([]);
  });
});
