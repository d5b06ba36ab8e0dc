/** docs/recipes.md: its commands, its templates and AWS's own example events, down to the cluster. */
import { chmod, mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { environmentOf } from "./client/connected.ts";
import { deploymentSpec } from "./client/objects.ts";
import { deployments, make } from "./support/cluster.ts";
import { readPage, readTemplate, resourcesOf, sentBy, setupFlags } from "./support/recipe.ts";
import { repositoryFile, run as runProgram } from "./support/run.ts";
import { test, type World } from "./support/world.ts";

const page = await readPage();
const flags = setupFlags(page);
const at = { Namespace: "shop", Deployment: "web" };
const cronJobs = "/apis/batch/v1/namespaces/shop/cronjobs";

interface Listed {
  readonly name: string;
  readonly functionName: string;
  readonly may: readonly string[];
}
const listed = new Map<string, Listed>();

const fixture = async (name: string) =>
  JSON.parse(await readFile(repositoryFile(`test/fixtures/events/${name}.json`), "utf8"));

test.beforeAll(async ({ world }) => {
  const { backend, names, run, home } = world;
  await make(backend, "/api/v1/namespaces", { metadata: { name: "shop" } });
  await make(backend, deployments("shop"), { metadata: { name: "web" }, spec: deploymentSpec("shop:1", 2) });
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "report", image: "report:1" }] } };
  const spec = { schedule: "0 0 1 1 *", jobTemplate: { spec: { template } } };
  await make(backend, cronJobs, { metadata: { name: "report" }, spec });
  for (const [name, given] of flags) {
    const { exit, stderr } = await run(`setup ${given} --cluster ${names.cluster} --yes --no-kubeconfig`);
    expect(exit, stderr).toBe(0);
    const exported = await run(`export --to sam ${join(home, name)} ${given} --cluster ${names.cluster}`);
    expect(exported.exit, exported.stderr).toBe(0);
  }
  const { stdout } = await run(`list --cluster ${names.cluster} --json`);
  for (const one of JSON.parse(stdout) as readonly Listed[]) listed.set(one.name, one);
});

/** Runs the deployed function's code as its role, with a request id: Lambda's own retry keeps it. */
async function deliver({ backend, env, home }: World, name: string, event: unknown, requestId: string) {
  // The role is called as the function is.
  const credentials = await backend.assumeRole(listed.get(name)?.functionName ?? "");
  const script = repositoryFile("test/acceptance/support/children/run-function.mjs");
  const code = join(home, name, "dist/function/index.js");
  const command = `'${script}' '${code}' '${JSON.stringify(event)}' ${requestId}`;
  const environment = { ...environmentOf(backend, { credentials }), PATH: env.PATH };
  const { stdout, stderr } = await runProgram(process.execPath, command, environment);
  return JSON.parse(stdout || JSON.stringify({ stderr }));
}

const web = async ({ backend }: World) => (await backend.kube("GET", `${deployments("shop")}/web`)).body;
const generation = async (world: World) => (await web(world)).metadata.generation as number;
const imageOf = async (world: World) => (await web(world)).spec.template.spec.containers[0].image as string;

/** Delivers an event, then Lambda's retry of it, then EventBridge's second delivery, and counts the writes of each. */
async function thrice(world: World, name: string, event: unknown) {
  const answers = [];
  for (const requestId of [`${name}-1`, `${name}-1`, `${name}-2`]) {
    const before = await generation(world);
    const answer = await deliver(world, name, event, requestId);
    answers.push({ answer, writes: (await generation(world)) - before });
  }
  const [first, retry, second] = answers;
  return { first, retry, second };
}

test("each function has the rights that the page shows", () => {
  const rows = [...page.matchAll(/^\| (`\w+`(?:, `\w+`)*) +\| `(.* @shop)` +\|$/gm)];
  const shown = rows.flatMap(([, names = "", rules]) => [...names.matchAll(/\w+/g)].map(([name]) => [name, [rules]]));
  expect(Object.fromEntries(shown)).toEqual(Object.fromEntries([...listed].map(([name, { may }]) => [name, may])));
});

test("each setup makes a function that may do what its recipe needs, and nothing else", async ({ world }) => {
  expect([...flags.keys()]).toEqual(["images", "secrets", "undo", "night", "deploy", "topic"]);
  for (const name of flags.keys()) {
    const { checks } = await deliver(world, name, { action: "check" }, "check");
    expect(checks.length).toBeGreaterThan(1);
    for (const { expected, allowed, ...check } of checks)
      expect(allowed, `${name} ${JSON.stringify(check)}`).toBe(expected);
    const other = { action: name === "night" ? "restart" : "suspend", namespace: "shop", name: "web" };
    expect(await deliver(world, name, other, "other")).toMatchObject({ errorType: "NotAllowed" });
  }
});

test("an image that is pushed to ECR is set, by its digest, once", async ({ world }) => {
  const template = await readTemplate("image-pushed", { ...at, Repository: "my-repository-name", Tag: "latest" });
  const pushed = await fixture("ecr-image-pushed");
  const event = sentBy(template, pushed);
  const image =
    "123456789012.dkr.ecr.us-west-2.amazonaws.com/my-repository-name@sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd1234";
  expect(event).toMatchObject({ image });
  const updated = { action: "updated", from: { web: "shop:1" }, images: { web: image }, rollout: "complete" };
  expect(await thrice(world, "images", event)).toMatchObject({
    first: { answer: updated, writes: 1 },
    retry: { answer: updated, writes: 0 },
    // It is remembered, so that its own retry answers the same.
    second: { answer: { action: "unchanged", rollout: "complete" }, writes: 1 },
  });
  expect(await imageOf(world)).toBe(image);
  for (const detail of [{ "image-tag": undefined }, { "image-tag": "v2" }, { "action-type": "DELETE" }])
    expect(sentBy(template, { ...pushed, detail: { ...pushed.detail, ...detail } })).toBeUndefined();
});

test("an alarm returns to the revision before, and a second one does not undo that", async ({ world }) => {
  const alarm = await fixture("alarm-state-changed");
  const template = await readTemplate("alarm", { ...at, AlarmArn: alarm.resources[0] });
  const event = sentBy(template, alarm);
  const undone = { action: "undone", kind: "Deployment", name: "web" };
  expect(await thrice(world, "undo", event)).toMatchObject({
    first: { answer: undone, writes: 1 },
    retry: { answer: undone, writes: 0 },
    second: { answer: { errorType: "AlreadyUndone" }, writes: 1 },
  });
  expect(await imageOf(world)).toBe("shop:1");
  const { state, previousState } = alarm.detail;
  const over = { ...alarm, detail: { ...alarm.detail, state: previousState, previousState: state } };
  expect(sentBy(template, over)).toBeUndefined();
});

test("a rotated secret restarts the Deployment, once for each delivery", async ({ world }) => {
  const rotated = await fixture("secret-label-updated");
  const template = await readTemplate("secret-rotated", { ...at, SecretArn: rotated.resources[0] });
  const answer = { action: "restarted", name: "web" };
  expect(await thrice(world, "secrets", sentBy(template, rotated))).toMatchObject({
    first: { answer, writes: 1 },
    retry: { answer, writes: 0 },
    second: { answer, writes: 1 },
  });
  const labelUpdated = "AWSPREVIOUS";
  expect(sentBy(template, { ...rotated, detail: { ...rotated.detail, labelUpdated } })).toBeUndefined();
});

test("a message from SNS is the event", async ({ world }) => {
  const answer = { action: "restarted", name: "web" };
  expect(await thrice(world, "topic", await fixture("sns-notification"))).toMatchObject({
    first: { answer, writes: 1 },
    retry: { answer, writes: 0 },
    second: { answer, writes: 1 },
  });
});

test("the night has no replicas and no CronJob, the day has both", async ({ world }) => {
  const template = await readTemplate("night", { ...at, Replicas: "2", CronJob: "report" });
  const schedules = resourcesOf(template, "AWS::Scheduler::Schedule");
  const events = schedules.map(({ Target, ScheduleExpression }) => [ScheduleExpression, JSON.parse(Target.Input)]);
  const state = async () => ({
    replicas: (await web(world)).spec.replicas,
    suspend: (await world.backend.kube("GET", `${cronJobs}/report`)).body.spec.suspend,
  });
  const [evening, morning] = ["cron(0 20 ? * MON-FRI *)", "cron(0 7 ? * MON-FRI *)"];
  for (const [time, expected] of [
    [evening, { replicas: 0, suspend: true }],
    [morning, { replicas: 2, suspend: false }],
  ] as const) {
    const due = events.filter(([expression]) => expression === time).map(([, event]) => event);
    expect(due).toHaveLength(2);
    for (const delivery of [1, 2]) {
      for (const event of due) {
        const { action } = await deliver(world, "night", event, `night-${time.length}-${delivery}`);
        if (event.action === "scale") expect(action).toBe(delivery === 1 ? "scaled" : "unchanged");
        else expect(action).toMatch(/^(suspended|resumed)$/);
      }
      expect(await state()).toEqual(expected);
    }
  }
});

test("of two images at the same time, the one that is set later stays", async ({ world }) => {
  const images = ["shop:7", "shop:8"];
  const event = { action: "set-image", namespace: "shop", name: "web" };
  const answers = await Promise.all(images.map((image) => deliver(world, "images", { ...event, image }, image)));
  const [first, last] = answers.toSorted((one, other) => images.indexOf(one.from.web) - images.indexOf(other.from.web));
  expect([first.from.web, last.from.web]).toEqual(["shop:1", first.images.web]);
  expect(await imageOf(world)).toBe(last.images.web);
});

describe("the line that GitHub Actions and CodePipeline run", () => {
  const line = /^error=\$\(aws lambda invoke .*$/m.exec(page)?.[0] ?? "";

  test.beforeAll(async ({ world: { home } }) => {
    const bin = join(home, "bin");
    await mkdir(bin);
    const file = repositoryFile("test/acceptance/support/children/aws-lambda-invoke.mjs");
    await chmod(file, 0o755);
    await symlink(file, join(bin, "aws"));
  });

  /** A step of a job: `sh -e`, the environment of the step, and an empty folder. */
  async function step({ env, home }: World, event: object, functionName = listed.get("deploy")?.functionName) {
    const folder = join(home, "job");
    await mkdir(folder, { recursive: true });
    const script = `cd "${folder}" && printf %s "$EVENT" > event.json && ${line}`;
    return runProgram("/bin/sh", `-ec '${script}'`, {
      ...env,
      PATH: [join(home, "bin"), env.PATH, "/usr/bin", "/bin"].join(":"),
      FUNCTION: functionName,
      EVENT: JSON.stringify(event),
    });
  }

  const answer = async ({ home }: World) => JSON.parse(await readFile(join(home, "job", "answer.json"), "utf8"));

  test("exits with 0 when the rollout is complete, also the second time", async ({ world }) => {
    const event = { action: "set-image", namespace: "shop", name: "web", image: "shop:9", wait: true, rollback: true };
    for (const action of ["updated", "unchanged"]) {
      expect(await step(world, event)).toMatchObject({ exit: 0, stdout: "" });
      expect(await answer(world)).toMatchObject({ action, rollout: "complete", available: 2 });
    }
  });

  test("exits with 1 when the function fails, and shows its error's code", async ({ world }) => {
    const event = { action: "restart", namespace: "shop", name: "web" };
    expect(await step(world, event)).toMatchObject({ exit: 1, stdout: "NotAllowed\n" });
    expect(await answer(world)).toMatchObject({
      errorMessage: expect.stringMatching(/\nhint: eks-lambda setup .*--allow/),
    });
  });

  test("exits with 1 when the rollout fails, which is rolled back", async ({ world }) => {
    const { backend } = world;
    const before = await imageOf(world);
    const contentType = "application/merge-patch+json";
    const body = { spec: { progressDeadlineSeconds: 2 } };
    await backend.kube("PATCH", `${deployments("shop")}/web`, { contentType, body });
    const quotas = "/api/v1/namespaces/shop/resourcequotas";
    await make(backend, quotas, { metadata: { name: "two" }, spec: { hard: { pods: "2" } } });
    const used = async () => (await backend.kube("GET", `${quotas}/two`)).body.status?.used?.pods;
    await expect.poll(used).toBe("2");
    const event = { action: "set-image", namespace: "shop", name: "web", image: "shop:10" };
    const failed = await step(world, { ...event, wait: true, rollback: true });
    expect(failed).toMatchObject({ exit: 1, stdout: "RolloutFailed\n" });
    expect(await answer(world)).toMatchObject({
      errorMessage: expect.stringMatching(new RegExp(`QuotaExceeded: [^]*rolled back to ${before}`)),
    });
    expect(await imageOf(world)).toBe(before);
  });

  test("exits with the AWS CLI's code when there is no function", async ({ world }) => {
    expect(await step(world, {}, "nothing")).toMatchObject({ exit: 254, stdout: "" });
  });
});

test("the event of CodePipeline's own Lambda action is refused, without its credentials", async ({ world }) => {
  const answer = await deliver(world, "deploy", await fixture("codepipeline-job"), "pipeline");
  expect(answer).toMatchObject({ errorType: "NotAllowed" });
  expect(JSON.stringify(answer)).not.toMatch(/AKIA|6CGtmAa3|IQoJb3/);
});
