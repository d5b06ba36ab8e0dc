/** Someone else acts between the plan and its writes. */
import { describe, expect, test } from "vitest";
import type { Flags } from "../../../../src/cli/flag-table.ts";
import type { Planned } from "../../../../src/core/plan.ts";
import { awsAuth, configMaps, deployments, rbac } from "../../support/sandbox.ts";
import { useSetup } from "../../support/setup-in-process.ts";

const { plan, apply, changes, kube } = useSetup();
const type = "application/merge-patch+json";
const objects = ["roles", "rolebindings"].map((resource) => `${rbac}/${resource}/lambda-create-deployments`);
const owner = { "eks-lambda/owner": "123456789012/us-east-1/other" };

const applied = async (planned: readonly Planned[]) => {
  for (const { apply } of planned) await apply?.(() => {});
};
/** Only this step of a plan. */
const stepOf = async (step: string, ...asked: Parameters<typeof plan>) =>
  (await plan(...asked)).filter(({ change }) => change.step === step);
const statuses = () => Promise.all(objects.map(async (path) => (await kube("GET", path)).status));

describe("Role and RoleBinding", () => {
  test("that two runs of the same stack planned are made once", async () => {
    await applied(await stepOf("stack", "present"));
    const [one, other] = await Promise.all([stepOf("rbac", "present"), stepOf("rbac", "present")]);
    await Promise.all([applied(one), applied(other)]);
    expect(await statuses()).toEqual([200, 200]);
    expect((await changes("present")).filter(({ step, action }) => step === "rbac" && action !== "unchanged")).toEqual(
      [],
    );
  });

  test("that two teardowns planned are deleted once", async () => {
    await apply("present");
    const [one, other] = await Promise.all([stepOf("rbac", "absent"), stepOf("rbac", "absent")]);
    await Promise.all([applied(one), applied(other)]);
    expect(await statuses()).toEqual([404, 404]);
  });

  test("that another stack took over after the plan stay as they are", async () => {
    await apply("present");
    const planned = await stepOf("rbac", "absent");
    const labels = { "eks-lambda/owner": "0".repeat(32) };
    for (const path of objects) await kube("PATCH", path, { type, body: { metadata: { labels, annotations: owner } } });
    await applied(planned);
    expect(await statuses()).toEqual([200, 200]);
  });
});

describe("the entry in aws-auth", () => {
  const path = `${configMaps}/aws-auth`;
  const ours = "arn:aws:iam::123456789012:role/eks-lambda-demo-us-east-1";
  const mapRoles = async () => (await kube("GET", path)).body.data?.mapRoles;
  const mapTo = (username: string) =>
    kube("POST", configMaps, { body: awsAuth({ mapRoles: `- {rolearn: ${ours}, username: ${username}}\n` }) });
  const flags: Flags = { access: "aws-auth" };

  test("that two runs planned is made once", async () => {
    const [one, other] = await Promise.all([
      stepOf("aws-auth", "present", flags),
      stepOf("aws-auth", "present", flags),
    ]);
    await Promise.all([applied(one), applied(other)]);
    expect(await mapRoles()).toBe(`- rolearn: ${ours}\n  username: lambda\n`);
  });

  test("that someone else made after the plan stays as it is", async () => {
    const planned = await stepOf("aws-auth", "present", flags);
    await mapTo("theirs");
    const text = await mapRoles();
    await expect(applied(planned)).rejects.toMatchObject({ code: "AwsAuthChanged" });
    expect(await mapRoles()).toBe(text);
  });

  test("that had another user gets it back by an undo, also where someone else has removed it", async () => {
    await apply("present", flags);
    const text = await mapRoles();
    for (const isRemoved of [false, true]) {
      const planned = await stepOf("aws-auth", "present", { ...flags, username: "deployer" });
      await applied(planned);
      expect(await mapRoles()).toContain("username: deployer");
      if (isRemoved) await kube("DELETE", path);
      for (const { undo } of planned) await undo?.();
      expect(await mapRoles()).toBe(text);
    }
  });

  test("that someone else changed after teardown's plan stays as it is", async () => {
    await apply("present", flags);
    const planned = await stepOf("aws-auth", "absent");
    await kube("DELETE", path);
    await mapTo("theirs");
    await applied(planned);
    expect(await mapRoles()).toContain("theirs");
  });
});

describe("a Deployment in teardown's plan", () => {
  const labels = { "app.kubernetes.io/managed-by": "eks-lambda" };
  const body = (more: object) => ({
    metadata: { name: "web", ...more },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: "a" } },
      template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "a", image: "a" }] } },
    },
  });
  const planned = async () => {
    await apply("present");
    const { body: role } = await kube("GET", objects[0] ?? "");
    await kube("POST", deployments, { body: body({ labels: { ...labels, ...role.metadata.labels } }) });
    const workloads = await stepOf("workloads", "absent", { workloads: true });
    expect(workloads.map(({ change }) => `${change.action} ${change.target}`)).toEqual(["delete default/web"]);
    return workloads;
  };
  const path = `${deployments}/web`;

  test("goes", async () => {
    await applied(await planned());
    expect((await kube("GET", path)).status).toBe(404);
  });

  test("may be gone by then", async () => {
    const workloads = await planned();
    await kube("DELETE", path);
    await applied(workloads);
    expect((await kube("GET", path)).status).toBe(404);
  });

  test("is never another one that got its name by then", async () => {
    const workloads = await planned();
    await kube("DELETE", path);
    await kube("POST", deployments, { body: body({ labels: { app: "theirs" } }) });
    await applied(workloads);
    expect((await kube("GET", path)).status).toBe(200);
  });
});
