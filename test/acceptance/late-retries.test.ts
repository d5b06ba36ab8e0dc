/** What each action answers to a retry at once, and to one that comes after a newer event: the table of docs/actions.md. */
import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { deploymentSpec } from "./client/objects.ts";
import { type Actions, allow, startActions } from "./support/actions.ts";
import { deployments, make } from "./support/cluster.ts";
import { repositoryFile } from "./support/run.ts";
import { test, type World } from "./support/world.ts";

const allowed = [
  ...["create", "set-image", "undo", "restart", "scale", "delete"].flatMap((action) => allow(action, "deployments")),
  ...["suspend", "resume", "run-job"].flatMap((action) => allow(action, "cronjobs")),
  ...["apply", "delete"].flatMap((action) => allow(action, "configmaps")),
];

let actions: Actions;
test.beforeAll(async ({ world }) => {
  actions = await startActions(world, allowed);
});
test.afterAll(() => actions.stop());

type Answer = Readonly<Record<string, unknown>>;
/** The answer, or the error as Lambda reports it. */
const ask = (event: object, id?: string): Promise<Answer> =>
  actions.run(event, id).catch(({ name }) => ({ error: name }));

const about = { resource: "deployments", name: "web" };
const cronJob = { name: "nightly" };
const flags = (value: string) => ({
  action: "apply",
  manifests: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "flags" }, data: { value } }],
});
const flag = { action: "delete", resource: "configmaps", name: "flags" };
const objects = (action: string) => ({ objects: [expect.objectContaining({ action })] });

const web =
  (of: (web: ReturnType<typeof JSON.parse>) => unknown) =>
  async ({ backend }: World) =>
    of((await backend.kube("GET", `${deployments()}/web`)).body);
const image = web(({ spec }) => spec.template.spec.containers[0].image);
const replicas = web(({ spec }) => spec.replicas);
const restartedBy = web(({ spec }) => spec.template.metadata.annotations["eks-lambda/restarted-by"]);
const batch = "/apis/batch/v1/namespaces/default";
const isSuspended = async ({ backend }: World) =>
  (await backend.kube("GET", `${batch}/cronjobs/nightly`)).body.spec.suspend;
const jobs = async ({ backend }: World) => (await backend.kube("GET", `${batch}/jobs`)).body.items.length;
const value = async ({ backend }: World) =>
  (await backend.kube("GET", "/api/v1/namespaces/default/configmaps/flags")).body.data?.value;

interface Row {
  /** As in the page. */
  readonly row: string;
  readonly before?: readonly object[];
  readonly event: object;
  readonly answer: Answer;
  readonly again: Answer;
  readonly newer: object;
  readonly late: Answer;
  /** What is there in the end. */
  readonly shows: (world: World) => Promise<unknown>;
  readonly left: unknown;
}

const setImage = (image: string) => ({ action: "set-image", ...about, image });
const scale = (replicas: number, more = {}) => ({ action: "scale", ...about, replicas, ...more });
const created = { action: "create", name: "named" };

const rows: readonly Row[] = [
  {
    row: "`create` without `name`",
    ...{ event: { action: "create" }, answer: { action: "created" }, again: { action: "unchanged" } },
    ...{ newer: scale(5), late: { action: "unchanged" }, shows: replicas, left: 5 },
  },
  {
    row: "`create` with `name`",
    ...{ event: created, answer: { action: "created" }, again: { error: "AlreadyExists" } },
    ...{ newer: { action: "delete", resource: "deployments", name: "named" }, late: { action: "created" } },
    ...{ shows: replicas, left: 2 },
  },
  {
    row: "`set-image`, `undo`",
    ...{ event: setImage("web:2"), answer: { action: "updated" }, again: { action: "updated" } },
    ...{ newer: setImage("web:3"), late: { action: "superseded" }, shows: image, left: "web:3" },
  },
  {
    row: "`set-image`, `undo`",
    before: [setImage("web:2")],
    ...{ event: { action: "undo", ...about }, answer: { action: "undone" }, again: { action: "undone" } },
    ...{ newer: setImage("web:3"), late: { action: "superseded" }, shows: image, left: "web:3" },
  },
  {
    row: "`restart`",
    ...{ event: { action: "restart", ...about }, answer: { action: "restarted" }, again: { action: "restarted" } },
    ...{ newer: { action: "restart", ...about }, late: { action: "restarted" }, shows: restartedBy, left: "late" },
  },
  {
    row: "`scale`",
    ...{ event: scale(3), answer: { action: "scaled" }, again: { action: "unchanged" } },
    ...{ newer: scale(5), late: { action: "scaled", from: 5 }, shows: replicas, left: 3 },
  },
  {
    row: "`scale`",
    ...{ event: scale(3, { from: 2 }), answer: { action: "scaled" }, again: { action: "unchanged" } },
    ...{ newer: scale(5), late: { error: "Conflict" }, shows: replicas, left: 5 },
  },
  {
    row: "`suspend`, `resume`",
    ...{ event: { action: "suspend", ...cronJob }, answer: { action: "suspended" }, again: { action: "suspended" } },
    ...{ newer: { action: "resume", ...cronJob }, late: { action: "suspended" }, shows: isSuspended, left: true },
  },
  {
    row: "`suspend`, `resume`",
    ...{ event: { action: "resume", ...cronJob }, answer: { action: "resumed" }, again: { action: "resumed" } },
    ...{ newer: { action: "suspend", ...cronJob }, late: { action: "resumed" }, shows: isSuspended, left: false },
  },
  {
    row: "`apply`",
    ...{ event: flags("1"), answer: objects("created"), again: objects("unchanged") },
    ...{ newer: flags("2"), late: objects("updated"), shows: value, left: "1" },
  },
  {
    row: "`delete`",
    before: [flags("1")],
    ...{ event: flag, answer: objects("deleted"), again: objects("unchanged") },
    ...{ newer: flags("2"), late: objects("deleted"), shows: value, left: undefined },
  },
  {
    row: "`run-job`",
    ...{ event: { action: "run-job", from: "nightly" }, answer: { action: "created" }, again: { action: "unchanged" } },
    ...{ newer: { action: "run-job", from: "nightly" }, late: { action: "unchanged" }, shows: jobs, left: 2 },
  },
];

/** Undo needs the revision of the template, which a controller makes. */
const settled = ({ backend }: World) =>
  expect
    .poll(async () => {
      const { metadata, status } = (await backend.kube("GET", `${deployments()}/web`)).body;
      return status.observedGeneration === metadata.generation;
    })
    .toBe(true);

test.for(rows.map((row) => [row.row, JSON.stringify(row.event), row] as const))(
  "%s: %s",
  async ([, , row], { world }) => {
    const { before = [], event, answer, again, newer, late, shows, left } = row;
    const { backend } = world;
    await world.fresh();
    await make(backend, deployments(), { metadata: { name: "web" }, spec: deploymentSpec("web:1", 2) });
    const job = {
      spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "job", image: "job:1" }] } } },
    };
    const spec = { schedule: "0 0 1 1 *", jobTemplate: job };
    await make(backend, `${batch}/cronjobs`, { metadata: { name: "nightly" }, spec });
    await settled(world);
    for (const one of before) {
      expect(await ask(one)).not.toHaveProperty("error");
      await settled(world);
    }
    expect(await ask(event, "late")).toMatchObject(answer);
    await settled(world);
    expect(await ask(event, "late")).toMatchObject(again);
    expect(await ask(newer)).not.toHaveProperty("error");
    await settled(world);
    expect(await ask(event, "late")).toMatchObject(late);
    expect(await shows(world)).toEqual(left);
  },
);

test("docs/actions.md has these rows", async () => {
  const page = await readFile(repositoryFile("docs/actions.md"), "utf8");
  const [, table = ""] = /\n\| action +\| retried at once.*\n\|[-| ]+\n((?:\|.*\n)+)/.exec(page) ?? [];
  const firsts = [...table.matchAll(/^\| (.*?) +\|/gm)].map(([, first]) => first);
  expect(firsts).toEqual([...new Set(rows.map(({ row }) => row))]);
});
