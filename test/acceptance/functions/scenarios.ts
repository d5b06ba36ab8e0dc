/**
 * What the functions of `test/fixtures/functions` do in a cluster, and with which rights. They are a user's: deployed by
 * `setup` in one test, and by `startSandbox` in another.
 */
import { type Kube, microTime, resource } from "eks-lambda/lambda";
import type { Deployment } from "kubernetes-types/apps/v1.js";
import type { Job } from "kubernetes-types/batch/v1.js";
import type { Lease } from "kubernetes-types/coordination/v1.js";
import type { ConfigMap, Namespace, Service } from "kubernetes-types/core/v1.js";
import { expect } from "vitest";
import { failing } from "../backend.ts";
import { type Definition, definitionOfWidgets } from "../client/objects.ts";

export interface Stage {
  /** The cluster's administrator. */
  readonly kube: Kube;
  /** Throws an error with the `errorType` as its name. */
  invoke(event: unknown): Promise<unknown>;
}

export interface Scenario {
  /** In test/fixtures/functions. */
  readonly file: string;
  /** As `list` shows them. */
  readonly may: readonly string[];
  /** Of the function, in seconds. */
  readonly timeout?: number;
  play(stage: Stage): Promise<void>;
}

/** The namespace of the functions. */
export const namespace = "shop";

const deployments = resource<Deployment>("apps/v1", "deployments").in(namespace);
const jobs = resource<Job>("batch/v1", "jobs").inAllNamespaces();
const leases = resource<Lease>("coordination.k8s.io/v1", "leases").in(namespace);
const maps = resource<ConfigMap>("v1", "configmaps").in(namespace);
const services = resource<Service>("v1", "services").in(namespace);
const namespaces = resource<Namespace>("v1", "namespaces").clusterScoped();

const nginx = "nginx:1.12";
const podOf = (image: string) => ({ containers: [{ name: "web", image }] });

export async function deploy(
  kube: Kube,
  name: string,
  more: { image?: string; nodeSelector?: Record<string, string> } = {},
) {
  const { image = nginx, ...spec } = more;
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { ...podOf(image), ...spec } };
  await deployments
    .on(kube)
    .create({ metadata: { name }, spec: { replicas: 1, selector: { matchLabels: labels }, template } });
}

const restartsOf = async (kube: Kube, name: string) =>
  (await deployments.on(kube).get({ name })).spec?.template.metadata?.annotations ?? {};
const restarted = { "kubectl.kubernetes.io/restartedAt": expect.any(String) };

const finished = ({ status }: Job): boolean => status?.conditions?.some(({ type }) => type === "Complete") ?? false;

const records = (...bodies: readonly string[]) => ({
  Records: bodies.map((body, index) => ({ messageId: `message-${index}`, body, eventSource: "aws:sqs" })),
});
/** In any order. */
const isOf =
  (...ids: readonly string[]) =>
  (failures: readonly { itemIdentifier: string }[]) =>
    JSON.stringify(failures.map(({ itemIdentifier }) => itemIdentifier).sort()) === JSON.stringify(ids);

async function queue({ kube, invoke }: Stage): Promise<void> {
  await deploy(kube, "web");
  const failed = await invoke(records('{"name":"missing"}', '{"name":"web"}', "not JSON"));
  expect(failed).toEqual({ batchItemFailures: expect.toSatisfy(isOf("message-0", "message-2")) });
  expect(await restartsOf(kube, "web")).toEqual(restarted);
}

const widgetDefinition = definitionOfWidgets({
  subresources: { status: {} },
  schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
});

const isEstablished = ({ status }: Definition): boolean =>
  status?.conditions?.some(({ type, status }) => type === "Established" && status === "True") ?? false;

const all: readonly Scenario[] = [
  {
    file: "leader.ts",
    may: ["get,update leases.coordination.k8s.io sweeper @shop"],
    async play({ kube, invoke }) {
      await leases.on(kube).create({ metadata: { name: "sweeper" } });
      const outcomes = async (...callers: readonly string[]) => {
        const all: unknown[] = [];
        for (const caller of callers) all.push(await invoke({ caller }));
        return all;
      };
      expect(await outcomes("a", "b", "a")).toEqual(["leads", "follows", "leads"]);
      await leases.on(kube).patch({ name: "sweeper" }, { spec: { renewTime: microTime(new Date(0)) } });
      expect(await outcomes("b", "a")).toEqual(["leads", "follows"]);
    },
  },
  {
    file: "blue-green.ts",
    may: ["list,watch deployments.apps web-blue web-green; get,patch services web @shop"],
    timeout: 6,
    async play({ kube, invoke }) {
      await deploy(kube, "web-blue");
      await deploy(kube, "web-green", { nodeSelector: { disk: "none" } });
      const colour = async () => (await services.on(kube).get({ name: "web" })).spec?.selector?.colour;
      await services
        .on(kube)
        .create({
          metadata: { name: "web" },
          spec: { selector: { app: "web", colour: "green" }, ports: [{ port: 80 }] },
        });
      expect(await invoke({ to: "blue" })).toEqual({ from: "green", to: "blue" });
      await expect(invoke({ to: "green" })).rejects.toMatchObject({
        name: "Timeout",
        message: expect.stringContaining('"web-green"'),
      });
      expect(await colour()).toBe("blue");
      await expect(invoke({ to: "red" })).rejects.toMatchObject({ name: "InvalidEvent" });
    },
  },
  {
    file: "sweeper.ts",
    may: ["list,delete jobs.batch @*"],
    async play({ kube, invoke }) {
      await namespaces.on(kube).create({ metadata: { name: "bank" } });
      const start = (
        namespace: string,
        name: string,
        labels: Record<string, string> = { sweep: "" },
        suspend = false,
      ) =>
        jobs
          .on(kube)
          .create({
            metadata: { namespace, name, labels },
            spec: { suspend, template: { spec: { restartPolicy: "Never", ...podOf("migrate:1") } } },
          });
      const done = await Promise.all([start("shop", "done"), start("bank", "done"), start("bank", "kept", {})]);
      const waiting = await start("shop", "waiting", { sweep: "" }, true);
      for (const { metadata } of done) await jobs.on(kube).until(metadata, finished);
      expect(await invoke({})).toEqual(["bank/done", "shop/done"]);
      for (const { metadata } of done.slice(0, 2)) await jobs.on(kube).untilGone(metadata);
      for (const { metadata } of [waiting, ...done.slice(2)]) await jobs.on(kube).get(metadata);
    },
  },
  {
    file: "fan-out.ts",
    may: ["patch deployments.apps @shop"],
    async play({ kube, invoke }) {
      for (const name of ["web", "api"]) await deploy(kube, name);
      expect(await invoke({ names: ["web", "missing", "a/b", "api"] })).toEqual([
        { name: "web", restarted: true },
        { name: "missing", restarted: false, because: "NotFound" },
        { name: "a/b", restarted: false, because: "InvalidName" },
        { name: "api", restarted: true },
      ]);
      expect(await restartsOf(kube, "api")).toEqual(restarted);
    },
  },
  {
    file: "scheduled.ts",
    may: ["create pods; list,watch events @shop"],
    async play({ invoke }) {
      expect(await invoke({ name: "one", image: nginx })).toEqual(expect.arrayContaining(["Scheduled"]));
      await expect(invoke({ name: "one", image: nginx })).rejects.toMatchObject({ name: "AlreadyExists" });
    },
  },
  {
    file: "url.ts",
    may: ["get,patch deployments.apps/scale @shop"],
    async play({ kube, invoke }) {
      await deploy(kube, "web");
      const post = (body: unknown) =>
        invoke({ version: "2.0", body: typeof body === "string" ? body : JSON.stringify(body) });
      expect(await post({ name: "web", replicas: 3 })).toMatchObject({
        statusCode: 200,
        body: '{"name":"web","replicas":3}',
      });
      expect(await post({ name: "web", replicas: 11 })).toMatchObject({
        statusCode: 400,
        body: expect.stringContaining("body.replicas"),
      });
      expect(await post("{")).toMatchObject({ statusCode: 400, body: expect.stringContaining("not JSON") });
      expect(await post({ name: "a/b", replicas: 1 })).toMatchObject({ statusCode: 400 });
      expect(await post({ name: "api", replicas: 1 })).toMatchObject({ statusCode: 404, body: '"NotFound"' });
      expect((await deployments.on(kube).get({ name: "web" })).spec?.replicas).toBe(3);
    },
  },
  { file: "queue.ts", may: ["patch deployments.apps @shop"], play: queue },
  {
    file: "widget.ts",
    may: ["get widgets.example.com; patch widgets.example.com/status; get,patch deployments.apps/scale @shop"],
    async play({ kube, invoke }) {
      const definitions = resource<Definition>("apiextensions.k8s.io/v1", "customresourcedefinitions").clusterScoped();
      await definitions.on(kube).create(widgetDefinition);
      await definitions.on(kube).until({ name: widgetDefinition.metadata.name }, isEstablished);
      await deploy(kube, "web");
      const widgets = resource("example.com/v1", "widgets").in(namespace).on(kube);
      await widgets.create({ kind: "Widget", metadata: { name: "web" }, spec: { size: 3 } });
      const status = { phase: "Ready", replicas: 3, observedGeneration: 1 };
      expect(await invoke({ name: "web" })).toEqual(status);
      expect(await widgets.get({ name: "web" })).toMatchObject({ spec: { size: 3 }, status });
    },
  },
  {
    file: "middleware.ts",
    may: ["get configmaps @shop"],
    async play({ kube, invoke }) {
      await maps.on(kube).create({ metadata: { name: "flags" }, data: { dark: "on" } });
      const order = ["before outer", "before inner", "run", "after inner", "after outer"];
      const answer = { data: { dark: "on" }, requestId: expect.any(String), order };
      expect(await invoke({ name: "flags" })).toEqual(answer);
      expect(await invoke("flags")).toEqual(answer);
      expect(await invoke("early")).toEqual({ early: true });
      await expect(invoke("throw")).rejects.toMatchObject({
        name: "TypeError",
        message: expect.stringContaining("a middleware failed"),
      });
      await expect(invoke({ name: "a/b" })).rejects.toMatchObject({ name: "InvalidName" });
      await expect(invoke({})).rejects.toMatchObject({ name: "InvalidEvent" });
      expect(await invoke({ name: "missing" })).toEqual({
        missing: true,
        order: ["before outer", "before inner", "run", "error inner", "error outer"],
      });
      const checks = expect.arrayContaining([{ name: "may get configmaps @shop", ok: true }]);
      expect(await invoke({ "eks-lambda": "check" })).toEqual({ checks });
    },
  },
  {
    file: "common.cjs",
    may: ["patch configmaps flags @shop"],
    async play({ kube, invoke }) {
      await maps.on(kube).create({ metadata: { name: "flags" }, data: { dark: "on" } });
      expect(await invoke({ beta: "on" })).toEqual({ dark: "on", beta: "on" });
      expect((await maps.on(kube).get({ name: "flags" })).metadata.annotations?.by).toMatch(/^[0-9a-f-]{36}$/);
    },
  },
  {
    file: "job-for-exec.ts",
    may: ["get deployments.apps; create,list,watch jobs.batch; list pods; get pods/log @shop"],
    async play({ kube, invoke }) {
      await deploy(kube, "web");
      await deploy(kube, "old", { image: failing.image });
      expect(await invoke({ name: "web", command: ["migrate"] })).toMatchObject({ succeeded: true });
      expect(await invoke({ name: "old", command: ["migrate"] })).toMatchObject({
        ...{ succeeded: false, lines: expect.arrayContaining(["no such table"]) },
      });
    },
  },
  {
    file: "exec.ts",
    may: ["create pods/exec @shop"],
    async play({ invoke }) {
      await expect(invoke({ name: "missing" })).rejects.toMatchObject({
        // The sandbox has no exec, which it says to those alone who have the right.
        name: expect.stringMatching(/^(NotFound|NotImplemented)$/),
      });
    },
  },
  { file: "powertools/batch.ts", may: ["patch deployments.apps @shop"], play: queue },
  {
    file: "powertools/logger.ts",
    may: ["patch deployments.apps @shop"],
    async play({ kube, invoke }) {
      await deploy(kube, "web");
      expect(await invoke({ name: "web" })).toBe(2);
    },
  },
];

export const scenarios = all.map((scenario) => ({
  ...scenario,
  name: scenario.file.replace(/\.\w+$/, "").replace("/", "-"),
}));
