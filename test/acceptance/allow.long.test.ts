/** `setup --allow ACTION:RESOURCE`: the function does what was allowed, and nothing else. */
import { expect } from "vitest";
import { deployments, make } from "./support/cluster.ts";
import { test } from "./support/world.ts";

const web = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx:1.29" }] } },
  },
};

test.beforeAll(async ({ world: { backend, run, names } }) => {
  await make(backend, deployments(), web);
  const allow = "--allow restart:deployments/web scale:deployments/web status:deployments/web";
  const { exit, stderr } = await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig ${allow}`);
  expect({ exit, stderr }).toMatchObject({ exit: 0 });
  expect(stderr).toMatch(/patch deployments\.apps web @default: RBAC grants the whole Pod template/);
  expect(stderr, "what this function may do without an event").toMatch(
    /^next +eks-lambda invoke --cluster \S+ check$/m,
  );
});

test("an allowed action is done, and followed to its end", async ({ world: { run } }) => {
  const { exit, stdout } = await run("invoke restart deployments/web --wait");
  expect({ exit, stdout }).toMatchObject({ exit: 0, stdout: expect.stringMatching(/complete/) });
  expect(await run("invoke scale deployments/web --set replicas=3 --wait")).toMatchObject({
    exit: 0,
    stdout: expect.stringMatching(/3/),
  });
});

test.for([
  ["set-image deployments/web --set image=nginx:1.30", /`set-image` .*is not allowed/],
  ["restart deployments/other", /`restart` of deployments\.apps "other" is not allowed/],
  ["restart deployments/web --namespace kube-system", /in kube-system is not allowed/],
] as const)("%s is refused, with the command that allows it", async ([words, message], { world: { run } }) => {
  const { exit, stderr } = await run(`invoke ${words}`);
  expect(exit).toBe(1);
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/hint {2}eks-lambda setup .*--allow restart:deployments\.apps\/web .*--allow/);
});

test("permissions prints what setup needs to allow it, and asks the cluster which kinds are meant", async ({
  world: { run },
}) => {
  const rules = async (allow: string) => {
    const { exit, stdout, stderr } = await run(`permissions --allow ${allow} --json`);
    expect(exit, stderr).toBe(0);
    return JSON.parse(stdout).cluster.flatMap((role: { rules: readonly unknown[] }) => role.rules);
  };
  const scale = { apiGroups: ["apps"], resources: ["statefulsets/scale"], resourceNames: ["db"] };
  expect(await rules("scale:sts/db")).toContainEqual(expect.objectContaining(scale));
  const web = { apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["web"] };
  expect(await rules("scale:sts/db")).not.toContainEqual(expect.objectContaining(web));
  expect(await rules("+scale:sts/db")).toContainEqual(expect.objectContaining(web));
  expect(await run("permissions --allow restart:deploymnets")).toMatchObject({
    exit: 2,
    stderr: expect.stringMatching(/InvalidNeed\)\nhint {2}did you mean --allow restart:deployments/),
  });
});

test("a second setup keeps what was allowed, and --allow replaces it", async ({ world: { run, names } }) => {
  const again = await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig --json`);
  const { changes } = JSON.parse(again.stdout);
  expect(new Set(changes.map(({ action }: { action: string }) => action))).toEqual(new Set(["unchanged"]));
  const only = "--allow restart:deployments";
  expect(await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig ${only}`)).toMatchObject({ exit: 0 });
  expect(await run("invoke restart deployments/web")).toMatchObject({ exit: 0 });
  expect(await run("invoke scale deployments/web --set replicas=1")).toMatchObject({ exit: 1 });
});

test("+ adds to what was allowed, and - removes from it", async ({ world: { run, names } }) => {
  const setup = `setup --cluster ${names.cluster} --yes --no-kubeconfig`;
  expect(await run(`${setup} --allow restart:deployments/web`)).toMatchObject({ exit: 0 });
  expect(await run(`${setup} --allow +scale:deployments/web`)).toMatchObject({ exit: 0 });
  expect(await run("invoke scale deployments/web --set replicas=2")).toMatchObject({ exit: 0 });
  expect(await run(`${setup} --allow -restart:deployments/web +status:deployments`)).toMatchObject({ exit: 0 });
  expect(await run("invoke scale deployments/web --set replicas=1")).toMatchObject({ exit: 0 });
  expect(await run("invoke restart deployments/web")).toMatchObject({ exit: 1 });
  for (const [allow, message] of [
    [
      "--allow=-restart:deployments/web",
      /^error --allow removes "restart:deployments\.apps\/web".*\nhint {2}its rules are/m,
    ],
    ["--allow +undo:deployments restart:deployments", /^hint {2}write \+ or - before each rule, or before none$/m],
  ] as const)
    expect(await run(`${setup} ${allow}`)).toMatchObject({ exit: 2, stderr: expect.stringMatching(message) });
});

test("rights that are taken away may be those that the function must not have", async ({ world: { run, names } }) => {
  for (const action of ["status", "restart"])
    expect(
      await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig --allow ${action}:deployments`),
    ).toMatchObject({ exit: 0, stderr: expect.stringContaining("✔ may ") });
});

test("--allow-image keeps to images, until it is taken back", async ({ world: { run, names } }) => {
  const setup = `setup --cluster ${names.cluster} --yes --no-kubeconfig`;
  const demanded = "registry.example.com/web@sha256:*";
  const only = `--allow set-image:deployments --allow-image nginx:1.* ${demanded}`;
  const planned = await run(`${setup} ${only}`);
  expect(planned).toMatchObject({ exit: 0, stderr: expect.stringContaining(`only images nginx:1.*,${demanded}`) });
  const set = (image: string) => run(`invoke set-image deployments/web --set image=${image}`);
  expect(await set("nginx:1.30")).toMatchObject({ exit: 0 });
  expect(await set("registry.example.com/web:1")).toMatchObject({
    exit: 1,
    stderr: expect.stringMatching(
      /the image "registry.*web:1" is not allowed .*\(ImageNotAllowed\)\nhint {2}eks-lambda setup .*--allow-image 'nginx:1\.\*'/,
    ),
  });
  expect((await run(`list ${names.stack}`)).stdout).toMatch(/images +nginx:1\.\*\n +registry\.example\.com/);
  expect(await run(setup)).toMatchObject({ exit: 0 });
  expect(await set("registry.example.com/web:1")).toMatchObject({ exit: 1 });
  expect(await run(`${setup} --allow-image ''`)).toMatchObject({ exit: 0 });
  expect(await set("registry.example.com/web:1")).toMatchObject({ exit: 0 });
});

test("a kind that the cluster does not have is refused before anything is changed", async ({ world }) => {
  const { run, names } = world;
  const { exit, stderr } = await run(`setup --cluster ${names.cluster} --yes --allow restart:deploymnt`);
  expect(exit).toBe(2);
  expect(stderr).toMatch(
    /no resource "deploymnt".*\(InvalidNeed\)\nhint {2}did you mean --allow restart:deployments\.apps\?/,
  );
});
