/** `invoke` as people type it: words of kubectl, manifests, and the whole command where one is wrong. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { deploymentNames, deployments } from "./support/cluster.ts";
import { test, type World } from "./support/world.ts";

const allowed = [
  ...["create:deploy", "scale:Deployment", "set-image:deployments.apps", "restart:deployment", "status:deploy"],
  ...["apply:Deployment", "apply:cm", "delete:deployment.apps", "delete:configmaps", "run-job:cronjob", "get:cm"],
  "undo:deployments",
];

const config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata: {mode: 'yes'}\n";
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1"}], volumes: [{name: conf, configMap: {name: conf, defaultMode: 0644}}]}
`;

test.beforeAll(async ({ world: { run, names, home } }) => {
  const rules = allowed.join(" ");
  const { exit, stderr } = await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig --allow ${rules}`);
  expect(exit, stderr).toBe(0);
  await writeFile(join(home, "web.yaml"), `${config}---\n${deployment}`);
  await mkdir(join(home, "k8s"));
  await writeFile(join(home, "k8s/1-conf.yaml"), config);
  await writeFile(join(home, "k8s/2-web.yml"), deployment);
});

const web = async ({ backend }: World) => (await backend.kube("GET", `${deployments()}/web`)).body;

test("the words for a kind are the same in setup and invoke", async ({ world: { run } }) => {
  const { stdout } = await run("invoke check --json");
  expect(JSON.parse(stdout).allowed).toEqual([
    ...["create", "scale", "set-image", "restart", "status"].map((action) => `${action}:deployments.apps`),
    ...["apply:deployments.apps", "apply:configmaps", "delete:deployments.apps", "delete:configmaps"],
    ...["run-job:cronjobs.batch", "get:configmaps", "undo:deployments.apps"],
  ]);
});

test("manifests are applied in their order, from files, a folder and standard input, and deleted in reverse", async ({
  world,
}) => {
  const { run, home } = world;
  const applied = (how: string) => ({
    exit: 0,
    stdout: `${how}  ConfigMap default/conf\n${how}  Deployment default/web\n`,
    stderr: "",
  });
  expect(await run(`invoke apply -f ${home}/web.yaml`)).toEqual(applied("created"));
  expect((await web(world)).spec.template.spec.volumes[0].configMap.defaultMode).toBe(0o644);
  expect(await run("get cm/conf {.data.mode} --wait")).toEqual({ exit: 0, stdout: "yes\n", stderr: "" });
  const { stdout } = await run("invoke get cm conf");
  expect(JSON.parse(stdout)).toMatchObject({ kind: "ConfigMap", metadata: { name: "conf" }, data: { mode: "yes" } });
  expect(await run(`apply -f ${home}/k8s`)).toEqual(applied("unchanged"));
  expect(await run("invoke -f - apply", { stdin: `${deployment}---\n${config}` })).toEqual(applied("unchanged"));
  const deleted = "deleted  Deployment default/web\ndeleted  ConfigMap default/conf\n";
  expect(await run(`delete -f ${home}/k8s/1-conf.yaml ${home}/k8s/2-web.yml --wait`)).toEqual({
    exit: 0,
    stdout: deleted,
    stderr: "",
  });
  expect(await deploymentNames(world)).toEqual([]);
});

test("an event over Lambda's limit is refused with its size", async ({ world: { run } }) => {
  const data = JSON.stringify({ text: "x".repeat(6_300_000) });
  const stdin = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "large" }, data });
  expect(await run("invoke apply -f -", { stdin })).toEqual({
    exit: 2,
    stdout: "",
    stderr: expect.stringMatching(/^error the event has 63\d{5} bytes, and Lambda takes at most 6291556 \(6 MB\) /),
  });
});

describe("of one Deployment", () => {
  test.beforeAll(async ({ world: { run } }) => {
    expect(await run("create web --image web:1 --replicas 1")).toMatchObject({ exit: 0 });
  });

  test.for<readonly [string, number | string]>([
    ["invoke scale deployments/web 2", 2],
    ["scale deployment web --replicas=3", 3],
    ["invoke --set replicas=4 scale deploy/web", 4],
    ["scale Deployment/web 1 -n default", 1],
    ["set-image deployments/web web:2", "web:2"],
    ["invoke set-image deployment.apps/web --image web:3", "web:3"],
    ["invoke set-image deploy web web=web:4", "web:4"],
  ])("%s", async ([command, expected], { world }) => {
    const { exit, stderr } = await world.run(command);
    expect(exit, stderr).toBe(0);
    const { replicas, template } = (await web(world)).spec;
    expect([replicas, template.spec.containers[0].image]).toContain(expected);
  });

  test("restart works without invoke", async ({ world: { run } }) => {
    expect(await run("restart deployments/web")).toEqual({
      exit: 0,
      stdout: "restarted Deployment default/web\nsee it with: kubectl get deployment web --namespace default\n",
      stderr: "",
    });
  });
});

test.for<readonly [string, string]>([
  ["invoke resart deployments/web", "eks-lambda invoke restart deployments/web"],
  ["invoke restart", "eks-lambda invoke restart deployments/NAME"],
  ["restart web --wait", "eks-lambda restart deployments/web --wait"],
  ["restart deployments", "eks-lambda restart deployments/NAME"],
  ["restart deploymets/web -n shop", "eks-lambda restart deployments/web -n shop"],
  ["scale deployments/web", "eks-lambda scale deployments/web --replicas NUMBER"],
  ["scale deployments/web --set replica=3", "eks-lambda scale deployments/web --set replicas=3"],
  ["set-image deployments/web", "eks-lambda set-image deployments/web --image IMAGE"],
  ["invoke rollback deployments/web", "eks-lambda invoke undo deployments/web"],
  ["invoke deployments/web", "say what to do with it, for example eks-lambda invoke status deployments/web"],
  ["invoke apply", "eks-lambda invoke apply -f FILE"],
  ["invoke read cm/conf", "eks-lambda invoke get cm/conf"],
  ["run-job", "eks-lambda run-job cronjobs/NAME"],
  ["apply -f HOME/weeb.yaml", "eks-lambda apply -f HOME/web.yaml"],
  ["invoke -f HOME/web.yaml", "to write what the files have: eks-lambda invoke apply -f HOME/web.yaml"],
  [
    "restart deployments/web --namespce 'a b'",
    "did you mean `eks-lambda invoke restart deployments/web --namespace 'a b'`? `eks-lambda invoke --help` shows its flags",
  ],
])("%s is answered with the whole command", async ([command, hint], { world: { run, home } }) => {
  const { exit, stderr } = await run(command.replaceAll("HOME", home));
  expect({ exit, hint: /^hint {2}(.*)$/m.exec(stderr)?.[1]?.replaceAll(home, "HOME") }, stderr).toEqual({
    exit: 2,
    hint,
  });
});

test.for<readonly [string, RegExp]>([
  ["restart deployments/web --replicas 3", /--replicas has no effect on `restart`/],
  ["apply -f HOME/web.yaml --wait", /--wait has no effect on `apply`/],
  ["delete -f HOME/web.yaml --wait --timeout 5", /--timeout has no effect on `delete`/],
  ["get cm/conf --wait --timeout 5", /--timeout has no effect on `get`/],
  ["apply -f HOME/web.yaml --event {}", /--event has no effect together with an action/],
])("%s is refused", async ([command, message], { world: { run, home } }) =>
  expect(await run(command.replaceAll("HOME", home))).toMatchObject({
    exit: 2,
    stderr: expect.stringMatching(message),
  }),
);

test("status --wait waits for the rollout, and undo is answered with the revision to type", async ({
  world: { run },
}) => {
  expect(await run("invoke create deployments/undone")).toMatchObject({ exit: 0 });
  expect(await run("invoke status deployments/undone --wait --timeout 60")).toMatchObject({
    exit: 0,
    stdout: expect.stringMatching(/complete/),
  });
  expect(await run("invoke restart deployments/undone")).toMatchObject({ exit: 0 });
  const { stdout } = await run("invoke status deployments/undone --wait --json");
  expect(JSON.parse(stdout)).toMatchObject({ action: "status", name: "undone", state: "complete" });
  const { exit, stderr } = await run("undo deployments/undone 7");
  const [, command = ""] = /^hint {2}eks-lambda (undo deployments\/undone 1)$/m.exec(stderr) ?? [];
  expect({ exit, command }, stderr).toEqual({ exit: 1, command: "undo deployments/undone 1" });
  expect(await run(command)).toMatchObject({ exit: 0, stdout: expect.stringMatching(/undone/) });
});
