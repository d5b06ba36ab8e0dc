/** The main job: a Lambda function that can create Deployments in a cluster, and nothing else. */
import { describe, expect } from "vitest";
import { invokeDirectly } from "./support/aws.ts";
import { deploymentNames, deployments } from "./support/cluster.ts";
import { as, ownerMarks } from "./support/names.ts";
import { mint } from "./support/token.ts";
import { test, type World } from "./support/world.ts";

describe("before setup", () => {
  test("the cluster does not let the function's role in", async ({ world }) => {
    const { backend, names, run } = world;
    const { stdout } = await run(`token --cluster ${names.cluster}`, { env: as(await backend.assumeRole(names.role)) });
    const { token } = JSON.parse(stdout).status;
    expect((await backend.kube("GET", deployments(), { token })).status).toBe(401);
  });

  test("there is nothing to invoke", async ({ world: { names, run } }) => {
    expect(await run(`invoke --cluster ${names.cluster}`)).toEqual({
      exit: 1,
      stdout: "",
      stderr: `error no complete stack named "${names.stack}" in ${names.region} (NotSetUp)
hint  run \`eks-lambda setup --cluster ${names.cluster}\`; or choose a function of \`eks-lambda list --cluster ${names.cluster}\` with --name, --stack or --function
`,
    });
  });
});

describe("after setup", () => {
  test.beforeAll(async ({ world: { fresh, run, names } }) => {
    await fresh();
    expect(await run(`setup --cluster ${names.cluster} --yes`)).toMatchObject({ exit: 0 });
  });

  test("invoke creates a Deployment, whose replicas become ready", async ({ world }) => {
    const { stdout, exit } = await world.run(`invoke --cluster ${world.names.cluster} --json`);
    const result = JSON.parse(stdout);
    expect({ exit, result }).toEqual({
      exit: 0,
      result: {
        action: "created",
        kind: "Deployment",
        namespace: "default",
        name: expect.stringMatching(/^nginx-[-0-9a-f]{36}$/),
        uid: expect.stringMatching(/^[-0-9a-f]{36}$/),
        replicas: 2,
      },
    });
    await expect
      .poll(async () => (await readDeployment(world, result.name)).status.readyReplicas, { timeout: 60_000 })
      .toBe(2);
  });

  test("the Deployment is the walkthrough's, and its Pods are its own", async ({ world }) => {
    const [name = ""] = await deploymentNames(world);
    const { metadata, spec } = await readDeployment(world, name);
    const selector = { app: "demo", "app.kubernetes.io/instance": name };
    const labels = { ...selector, "app.kubernetes.io/managed-by": "eks-lambda" };
    const marks = ownerMarks(world.names);
    expect(metadata.labels).toEqual({ ...labels, ...marks.labels });
    expect(metadata.annotations).toMatchObject(marks.annotations);
    expect(spec).toMatchObject({
      replicas: 2,
      selector: { matchLabels: selector },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            { name: "web", image: "nginx:1.12", ports: [{ name: "http", containerPort: 80, protocol: "TCP" }] },
          ],
        },
      },
    });
    expect(spec.template.spec.containers).toHaveLength(1);
  });

  test.for([
    ["no payload", undefined],
    ["an empty event", "{}"],
    ["the action by its name", '{"action":"create"}'],
  ] as const)("a Lambda invocation with %s creates another", async ([, payload], { world }) => {
    const before = await deploymentNames(world);
    const result = await invokeDirectly(world.backend, world.names.functionName, payload);
    const added = (await deploymentNames(world)).filter((name) => !before.includes(name));
    expect(added).toHaveLength(1);
    expect(result).toMatchObject({ action: "created", namespace: "default", name: added[0], replicas: 2 });
  });

  test("the event overrides the defaults", async ({ world }) => {
    const event = { name: "web", replicas: 3, image: "nginx:1.27" };
    const result = await invokeDirectly(world.backend, world.names.functionName, JSON.stringify(event));
    expect(result).toMatchObject({ action: "created", namespace: "default", name: "web", replicas: 3 });
    const { spec } = await readDeployment(world, "web");
    expect(spec).toMatchObject({ replicas: 3, template: { spec: { containers: [{ image: "nginx:1.27" }] } } });
  });

  test.for([
    ["list Deployments", "GET", deployments(), "list", 'in the namespace "default"'],
    ["create one in kube-system", "POST", deployments("kube-system"), "create", 'in the namespace "kube-system"'],
  ] as const)("the function's role may not %s", async ([, method, path, verb, where], { world }) => {
    const token = await roleToken(world);
    const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } };
    const { status, body } = await world.backend.kube(method, path, {
      token,
      ...(method === "POST" && { body: deployment }),
    });
    expect({ status, message: body.message }).toEqual({
      status: 403,
      message: `deployments.apps is forbidden: User "lambda" cannot ${verb} resource "deployments" in API group "apps" ${where}`,
    });
  });
});

const readDeployment = async ({ backend }: World, name: string) =>
  (await backend.kube("GET", `${deployments()}/${name}`)).body;

const roleToken = async ({ backend, names }: World): Promise<string> =>
  mint({ ...names, credentials: await backend.assumeRole(names.role) });
