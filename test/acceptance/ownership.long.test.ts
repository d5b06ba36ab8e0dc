/** Two stacks for one cluster, and objects that an earlier version or someone else made. */
import { describe, expect } from "vitest";
import { deploymentNames, deployments, make, rbac } from "./support/cluster.ts";
import { ownerMarks } from "./support/names.ts";
import { test, type World } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

const name = "lambda-create-deployments";
const setup = "setup --yes --no-kubeconfig";
const teardown = "teardown --yes --no-kubeconfig";
const second = "--stack B --function-name fb --role-name rb";

const objects = (rbacName = name) =>
  ["roles", "rolebindings"].map((resource) => `${rbac(resource, "default")}/${rbacName}`);
/** The objects as they stand, with their versions; `undefined`: not there. */
const read = ({ backend }: World, rbacName?: string) =>
  Promise.all(
    objects(rbacName).map(async (path) => {
      const { status, body } = await backend.kube("GET", path);
      return status === 404 ? undefined : body;
    }),
  );
const patch = async ({ backend }: World, path: string, body: object) => {
  const answer = await backend.kube("PATCH", path, { contentType: "application/merge-patch+json", body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
};
const worked = async ({ run }: World, command: string) => {
  const { exit, stderr } = await run(command);
  expect(exit, stderr).toBe(0);
  return stderr;
};
const ownerOf = ({ account, region }: World["names"], stack: string) => `${account}/${region}/${stack}`;

describe("a second stack for the cluster", () => {
  test.beforeEach(async ({ world }) => {
    await world.fresh();
    await worked(world, setup);
  });

  test.for(["", " --force-conflicts"])(
    "is refused the Role and RoleBinding of the first%s, by the first one's name",
    async (flag, { world }) => {
      const before = await read(world);
      await writesOf(world);
      const { exit, stderr } = await world.run(`${setup} ${second} --username ub${flag}`);
      const owner = ownerOf(world.names, world.names.stack);
      expect({ exit, error: stderr.slice(stderr.search(/^error /m)) }).toEqual({
        exit: 1,
        error: `error the Role "${name}" in default belongs to another stack, ${owner}
      the RoleBinding "${name}" in default belongs to another stack, ${owner} (RoleNotOurs)
hint  choose another name with --rbac-name; if that stack is gone: kubectl delete role/${name} rolebinding/${name} --namespace default
`,
      });
      expect(await writesOf(world)).toEqual([]);
      expect(await read(world)).toEqual(before);
      await worked(world, "invoke");
    },
  );

  test("works under names of its own, and its teardown leaves the first as it was", async ({ world }) => {
    const before = await read(world);
    await worked(world, `${setup} ${second} --username ub --rbac-name rb`);
    expect(await read(world, "rb")).toMatchObject(
      Array(2).fill({ metadata: ownerMarks({ ...world.names, stack: "B" }) }),
    );
    for (const stack of [world.names.stack, "B"])
      await worked(world, `invoke --stack ${stack} --event '{"name":"web-${stack.toLowerCase()}"}'`);
    await worked(world, `${teardown} --stack B --workloads`);
    expect(await read(world, "rb")).toEqual([undefined, undefined]);
    expect(await read(world)).toEqual(before);
    await expect.poll(() => deploymentNames(world)).toEqual([`web-${world.names.stack}`]);
    await worked(world, "invoke");
  });

  test("keeps what the first owns when its teardown is told the first one's names", async ({ world }) => {
    const before = await read(world);
    await worked(world, `${setup} ${second} --username ub --rbac-name rb`);
    const stderr = await worked(world, `${teardown} --stack B --rbac-name ${name} --username lambda`);
    const owner = ownerOf(world.names, world.names.stack);
    expect(stderr.match(/kept: .+/g)).toEqual(
      ["Role", "RoleBinding"].map((kind) => `kept: this ${kind} belongs to the stack ${owner}`),
    );
    expect(await read(world)).toEqual(before);
    await worked(world, "invoke");
  });
});

describe("Role and RoleBinding of a version that did not mark owners", () => {
  const unmark = async (world: World, more: object = {}) => {
    const without = { labels: { "eks-lambda/owner": null }, annotations: { "eks-lambda/owner": null } };
    const [role = "", binding = ""] = objects();
    await patch(world, role, { metadata: without });
    await patch(world, binding, { metadata: without, ...more });
  };
  const others = { subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "ub" }] };

  test.beforeEach(async ({ world }) => {
    await world.fresh();
    await worked(world, setup);
  });

  test("are taken over by the stack that names them, and the plan shows it", async ({ world }) => {
    await unmark(world);
    const stderr = await worked(world, setup);
    expect(stderr.match(/[-+] owner: .+/g)).toEqual(
      ["Role", "RoleBinding"].flatMap(() => ["- owner: none", `+ owner: ${ownerOf(world.names, world.names.stack)}`]),
    );
    expect(await read(world)).toMatchObject(Array(2).fill({ metadata: ownerMarks(world.names) }));
    expect(await worked(world, setup)).not.toContain("owner");
  });

  test("go with the stack that names them", async ({ world }) => {
    await unmark(world);
    await worked(world, teardown);
    expect(await read(world)).toEqual([undefined, undefined]);
  });

  test("stay when the binding is for another user", async ({ world }) => {
    await unmark(world, others);
    const before = await read(world);
    expect(await world.run(setup)).toMatchObject({ exit: 1, stderr: expect.stringContaining("(RoleNotOurs)") });
    const stderr = await worked(world, teardown);
    expect(stderr.match(/kept: an earlier version created this \w+/g)).toHaveLength(2);
    expect(await read(world)).toEqual(before);
  });

  test("stay when no stack names them", async ({ world }) => {
    await unmark(world);
    const before = await read(world);
    await worked(world, `${teardown} --stack other --role-name other`);
    expect(await read(world)).toEqual(before);
  });
});

describe("teardown --workloads", () => {
  const managed = { "app.kubernetes.io/managed-by": "eks-lambda" };
  const makeDeployment = ({ backend }: World, name: string, labels: Readonly<Record<string, string>>) =>
    make(backend, deployments(), {
      metadata: { name, labels },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name, image: "nginx:1.12" }] } },
      },
    });

  test("deletes what this stack owns, lists what nobody owns, and does not speak of others'", async ({ world }) => {
    await world.fresh();
    await worked(world, setup);
    await worked(world, 'invoke --event \'{"name":"ours"}\'');
    await makeDeployment(world, "unmarked", managed);
    await makeDeployment(world, "others", { ...managed, ...ownerMarks({ ...world.names, stack: "B" }).labels });
    await makeDeployment(world, "foreign", {});
    const stderr = await worked(world, `${teardown} --workloads`);
    expect(stderr.match(/ [-=] workloads .+/g)?.map((line) => line.trim().replace(/ +/g, " "))).toEqual([
      "= workloads default/unmarked kept: no stack owns it; to delete it: kubectl delete deployment unmarked --namespace default",
      "- workloads default/ours Deployment and its Pods",
    ]);
    await expect.poll(() => deploymentNames(world)).toEqual(["foreign", "others", "unmarked"]);
  });
});
