/** setup remembers its flags: later runs need not repeat them. */
import { describe, expect } from "vitest";
import { deploymentNames, make, rbac, readAwsAuth } from "./support/cluster.ts";
import { test } from "./support/world.ts";

describe("names of one's own", () => {
  test.beforeAll(async ({ world: { backend, names, run } }) => {
    await make(backend, "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } });
    const flags = [
      "--namespace web --username deployer --rbac-name web-deployer",
      "--stack web-stack --function-name web-function --role-name web-role",
      "--log-retention 7 --tags team=web cost-center=7",
    ].join(" ");
    expect(await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig ${flags}`)).toMatchObject({ exit: 0 });
  });

  test("the cluster knows the role by the user of that name, with rights in that namespace", async ({ world }) => {
    const { backend, names } = world;
    expect(await readAwsAuth(backend)).toEqual({
      mapRoles: `- rolearn: arn:aws:iam::${names.account}:role/web-role\n  username: deployer\n`,
    });
    const { body } = await backend.kube("GET", `${rbac("rolebindings", "web")}/web-deployer`);
    expect(body).toMatchObject({
      roleRef: { kind: "Role", name: "web-deployer" },
      subjects: [{ kind: "User", name: "deployer" }],
    });
  });

  test("the function acts in that namespace", async ({ world }) => {
    const { exit, stdout } = await world.run("invoke --stack web-stack --json");
    expect({ exit, result: JSON.parse(stdout) }).toMatchObject({
      exit: 0,
      result: { action: "created", namespace: "web" },
    });
    expect(await deploymentNames(world, "web")).toHaveLength(1);
    expect(await deploymentNames(world)).toEqual([]);
  });

  test("a second setup needs but the stack", async ({ world: { run, names } }) => {
    const { exit, stdout } = await run(
      `setup --cluster ${names.cluster} --stack web-stack --no-kubeconfig --dry-run --json`,
    );
    const { changes, functionName, access } = JSON.parse(stdout);
    expect(changes).toHaveLength(4);
    expect({ exit, changes, functionName, access }).toMatchObject({
      exit: 0,
      changes: [
        { step: "stack", action: "unchanged", target: "web-stack" },
        { step: "aws-auth", action: "unchanged", target: "kube-system/aws-auth" },
        { step: "rbac", action: "unchanged", target: "web/role/web-deployer" },
        { step: "rbac", action: "unchanged", target: "web/rolebinding/web-deployer" },
      ],
      functionName: "web-function",
      access: { method: "aws-auth", username: "deployer" },
    });
  });
});
