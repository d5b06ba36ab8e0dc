/** Pods: invalid ones, logs, and eviction. */
import type { Group } from "../case.ts";
import { answerOf, type Json, type KubeCase, kubeCases, story } from "../kube-case.ts";
import { introduce, until } from "../people.ts";
import { prepare, type Side } from "../side.ts";
import { merge } from "./values.ts";

const pods = "/api/v1/namespaces/default/pods";
const budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
const web = { name: "web", image: "any:1" };
const pod = (name: string, spec: object = {}, labels: object = { app: name }) => ({
  metadata: { name, labels },
  spec: { containers: [web], terminationGracePeriodSeconds: 1, ...spec },
});

async function start(side: Side, name: string, spec: object = {}): Promise<void> {
  await prepare(side, "POST", pods, pod(name, spec));
  await until(`${name} runs`, async () => {
    const { status } = (await prepare(side, "GET", `${pods}/${name}`)) as Json;
    return status.phase === "Running";
  });
}

const invalid = (name: string, spec: object): KubeCase => ({
  name,
  method: "POST",
  path: pods,
  body: pod("any", spec),
});
const log = (name: string, query: string, more: Partial<KubeCase> = {}): KubeCase => ({
  ...{ name: `log: ${name}`, method: "GET", path: `${pods}/one/log${query}`, ...more },
});
const eviction = (name: string) => ({ apiVersion: "policy/v1", kind: "Eviction", metadata: { name } });

export const podGroup: Group = {
  title: "Pods",
  intro: "A Pod `one` with a container, and `two` with two; each wrote three lines.",
  async prepare(side) {
    await introduce(side);
    await start(side, "one");
    await start(side, "two", { containers: [web, { name: "side", image: "any:1" }] });
    await side.backend.log("one", "first\nsecond\nthird\n");
  },
  cases: [
    ...kubeCases([
      invalid("no containers", { containers: [] }),
      invalid("a container without an image", { containers: [{ name: "a" }] }),
      invalid("a container without a name", { containers: [{ image: "a" }] }),
      invalid("two containers with the same name", { containers: [web, web] }),
      invalid("an unknown restart policy", { restartPolicy: "Sometimes" }),
      invalid("a service account that does not exist", { serviceAccountName: "none" }),
      {
        name: "change the image of a running Pod",
        ...{ method: "PATCH", path: `${pods}/one?dryRun=All`, contentType: "application/strategic-merge-patch+json" },
        body: { spec: { containers: [{ name: "web", image: "any:2" }] } },
        shows: ["spec.containers.image", "metadata.generation"],
      },
      {
        name: "a patch of the Pod does not change its status",
        ...{ method: "PATCH", path: `${pods}/one`, contentType: merge, body: { status: { phase: "Failed" } } },
        shows: "status.phase",
      },
      {
        name: "its status as a subresource",
        ...{ method: "PATCH", path: `${pods}/one/status?dryRun=All`, contentType: merge },
        body: { status: { reason: "Evicted" }, spec: { priority: 7 } },
        shows: ["status.reason", "spec.priority"],
      },
      { name: "a scale, which Pods do not have", method: "GET", path: `${pods}/one/scale` },
      log("all", ""),
      log("the last line", "?tailLines=1"),
      log("no lines", "?tailLines=0"),
      log("by the container's name", "?container=web"),
      log("seven bytes", "?limitBytes=7"),
      log("of the last hour", "?sinceSeconds=3600"),
      log("of another container", "?container=none"),
      log("a negative number of lines", "?tailLines=-1"),
      log("zero seconds and zero bytes", "?sinceSeconds=0&limitBytes=0"),
      log("tailLines that is not a number", "?tailLines=many"),
      log("of a Pod that does not exist", "", { path: `${pods}/none/log` }),
      log("of one of two containers", "", { path: `${pods}/two/log` }),
    ]),
    story({
      name: "log: with timestamps",
      request: "`GET …/log?timestamps=true&tailLines=1`",
      async tell(ask) {
        const { status, body } = await ask("GET", `${pods}/one/log?timestamps=true&tailLines=1`);
        return {
          status,
          reason: "",
          message: String(body)
            .trim()
            .replace(/^\S+Z /, "TIME "),
        };
      },
    }),
    story({
      name: "log: of an unscheduled Pod",
      request: "`GET …/log` of a Pod that fits on no node",
      async tell(ask) {
        await ask("POST", pods, pod("lost", { nodeSelector: { disk: "none" } }));
        const answer = answerOf(await ask("GET", `${pods}/lost/log`));
        await ask("DELETE", `${pods}/lost`);
        return answer;
      },
    }),
    story({
      name: "delete a Pod: the kubelet removes it",
      request: "`DELETE` of a running Pod",
      async tell(ask, side) {
        await start(side, "doomed");
        const { status, body } = await ask("DELETE", `${pods}/doomed`);
        const { kind, metadata } = body as Json;
        await until("it is gone", async () => (await ask("GET", `${pods}/doomed`)).status === 404);
        return { status, reason: "", message: `${kind} ${metadata.deletionGracePeriodSeconds} ${metadata.generation}` };
      },
    }),
    story({
      name: "delete a Pod at once",
      request: "`DELETE` without a grace period",
      async tell(ask, side) {
        await start(side, "doomed");
        const { status, body } = await ask("DELETE", `${pods}/doomed`, { gracePeriodSeconds: 0 });
        const { kind, metadata } = body as Json;
        const left = await ask("GET", `${pods}/doomed`);
        return { status, reason: "", message: `${kind} ${metadata.deletionGracePeriodSeconds} | ${left.status}` };
      },
    }),
    ...kubeCases([
      {
        name: "evict a Pod that does not exist",
        method: "POST",
        path: `${pods}/none/eviction`,
        body: eviction("none"),
      },
      {
        name: "evict with another Pod's name in the body",
        method: "POST",
        path: `${pods}/one/eviction`,
        body: eviction("two"),
      },
      {
        name: "dry run: evict",
        ...{ method: "POST", path: `${pods}/one/eviction?dryRun=All`, body: eviction("one"), shows: "status" },
      },
      { name: "the Pod still exists", method: "GET", path: `${pods}/one`, shows: "metadata.deletionTimestamp" },
    ]),
    story({
      name: "evict a Pod that a PodDisruptionBudget protects",
      request: "`POST …/eviction`, with a PodDisruptionBudget of one Pod",
      async tell(ask) {
        const spec = { minAvailable: 1, selector: { matchLabels: { app: "two" } } };
        await ask("POST", budgets, { metadata: { name: "two" }, spec });
        // The answer has the number of healthy Pods.
        const isCounted = async () => ((await ask("GET", `${budgets}/two`)).body as Json).status?.currentHealthy === 1;
        await until("the budget's Pod is healthy", isCounted);
        const answer = answerOf(await ask("POST", `${pods}/two/eviction`, eviction("two")));
        await ask("DELETE", `${budgets}/two`);
        return answer;
      },
    }),
    story({
      name: "evict",
      request: "`POST …/eviction`",
      async tell(ask) {
        const answer = answerOf(await ask("POST", `${pods}/two/eviction`, eviction("two")), "status");
        await until("it is gone", async () => (await ask("GET", `${pods}/two`)).status === 404);
        return answer;
      },
    }),
  ],
};
