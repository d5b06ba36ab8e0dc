/** What controllers do, and the status that they write. */
import type { Answer, Group } from "../case.ts";
import { type Ask, type Json, kubeCases, story } from "../kube-case.ts";
import { introduce, until } from "../people.ts";
import { merge } from "./values.ts";

const apps = "/apis/apps/v1/namespaces/default";
const jobs = "/apis/batch/v1/namespaces/default/jobs";
const pods = "/api/v1/namespaces/default/pods";
const strategic = "application/strategic-merge-patch+json";

const podSpec = { containers: [{ name: "main", image: "any:1" }] };
const workload = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: podSpec },
    ...spec,
  },
});
const job = (name: string, image: string, spec: object = {}) => ({
  metadata: { name },
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image }] } }, ...spec },
});

const indexed = { completionMode: "Indexed", completions: 3 };
const indexKey = "batch.kubernetes.io/job-completion-index";
const failuresKey = "batch.kubernetes.io/job-index-failure-count";
const ruleOf = (action: string) => ({ rules: [{ action, onExitCodes: { operator: "In", values: [3] } }] });
const restarted = {
  podFailurePolicy: ruleOf("FailJob"),
  template: { spec: { restartPolicy: "OnFailure", containers: podSpec.containers } },
};
const sleeping = (name: string, spec: object) => {
  const containers = [{ name: "main", image: "any:1", command: ["sleep", "infinity"] }];
  return job(name, "", { ...spec, template: { spec: { restartPolicy: "Never", containers } } });
};
const podsOf = (ask: Ask, name: string) => list(ask, `${pods}?labelSelector=job-name%3D${name}`);
const finish = (ask: Ask, { metadata }: Json) =>
  ask("PATCH", `${pods}/${metadata.name}/status`, { status: { phase: "Succeeded" } }, merge);

/** Without times and the counters that the sandbox does not have. */
function statusOf({ status }: Json): string {
  const { conditions = [], startTime, completionTime, terminatingReplicas, ...counts } = status;
  const told = (conditions as readonly Json[]).map(({ type, status: is, reason, message }) =>
    [type, is, reason, message].filter(Boolean).join(" "),
  );
  const sorted = Object.entries(counts).toSorted(([one], [other]) => one.localeCompare(other));
  return `${JSON.stringify(Object.fromEntries(sorted))} ${told.toSorted().join("; ")}`;
}

async function settled(ask: Ask, path: string, isSettled: (object: Json) => boolean): Promise<Json> {
  let object: Json;
  const look = async () => {
    object = (await ask("GET", path)).body;
    return isSettled(object);
  };
  await until(`${path} has settled`, look).catch((cause) => {
    throw new Error(`${path} has not settled: ${JSON.stringify(object.status)}`, { cause });
  });
  return object;
}
const answer = (message: string): Answer => ({ status: 200, reason: "", message });
const list = async (ask: Ask, path: string): Promise<readonly Json[]> => ((await ask("GET", path)).body as Json).items;
const isRolledOut = (replicas: number) => (object: Json) =>
  object.status.observedGeneration === object.metadata.generation &&
  object.status.updatedReplicas === replicas &&
  object.status.replicas === replicas &&
  object.status.availableReplicas === replicas;
const hasEnded = ({ status }: Json) =>
  status.conditions?.some(({ type }: Json) => type === "Complete" || type === "Failed");

export const workloads: Group = {
  title: "Workloads",
  intro: "What the controllers create for a workload, and its status when they are done.",
  prepare: introduce,
  cases: [
    story({
      name: "a Deployment that is rolled out",
      request: "`POST` of a Deployment, then its status",
      async tell(ask) {
        await ask("POST", `${apps}/deployments`, workload("web", { replicas: 2 }));
        const object = await settled(ask, `${apps}/deployments/web`, isRolledOut(2));
        return answer(`${statusOf(object)} ${JSON.stringify(object.metadata.annotations)}`);
      },
    }),
    story({
      name: "its ReplicaSet",
      request: "`GET` of the ReplicaSets",
      async tell(ask) {
        const [{ metadata, spec, status }] = (await list(ask, `${apps}/replicasets`)) as [Json];
        const { terminatingReplicas, ...counts } = status;
        const labels = Object.keys(metadata.labels).join(",");
        const [{ kind, name, controller }] = metadata.ownerReferences;
        return answer(
          `${metadata.name} ${labels} ${kind} ${name} ${controller} ${spec.replicas} ${JSON.stringify(counts)} ${JSON.stringify(metadata.annotations["deployment.kubernetes.io/revision"])}`,
        );
      },
    }),
    story({
      name: "its Pods",
      request: "`GET` of the Pods",
      async tell(ask) {
        const all = (await list(ask, pods)).map(({ metadata, spec, status }) => {
          const conditions = status.conditions.map(({ type, status: is }: Json) => `${type}=${is}`).toSorted();
          const [{ name, ready, restartCount, state }] = status.containerStatuses;
          const told = [
            metadata.name,
            metadata.generateName,
            status.phase,
            Boolean(spec.nodeName),
            spec.serviceAccountName,
          ];
          return `${told} ${conditions} ${name} ${ready} ${restartCount} ${Object.keys(state)}`;
        });
        return answer(all.join(" | "));
      },
    }),
    story({
      name: "another image: a second ReplicaSet takes over",
      request: "`PATCH` of the image, strategic",
      async tell(ask) {
        const spec = { template: { spec: { containers: [{ name: "main", image: "any:2" }] } } };
        await ask("PATCH", `${apps}/deployments/web`, { spec }, strategic);
        const object = await settled(ask, `${apps}/deployments/web`, isRolledOut(2));
        const sets = (await list(ask, `${apps}/replicasets`)).map(
          ({ metadata, spec: { replicas } }) =>
            `${metadata.annotations["deployment.kubernetes.io/revision"]}: ${replicas}`,
        );
        const { generation, annotations } = object.metadata;
        return answer(
          `${generation} ${annotations["deployment.kubernetes.io/revision"]} ${sets.toSorted()} ${statusOf(object)}`,
        );
      },
    }),
    story({
      name: "the first image again: its ReplicaSet gets a new revision",
      request: "`PATCH` of the image, strategic",
      async tell(ask) {
        const spec = { template: { spec: { containers: [{ name: "main", image: "any:1" }] } } };
        await ask("PATCH", `${apps}/deployments/web`, { spec }, strategic);
        await settled(ask, `${apps}/deployments/web`, isRolledOut(2));
        const sets = (await list(ask, `${apps}/replicasets`)).map(
          ({ metadata, spec: { replicas } }) =>
            `${metadata.annotations["deployment.kubernetes.io/revision"]}: ${replicas}`,
        );
        return answer(sets.toSorted().join(", "));
      },
    }),
    story({
      name: "scaled up, then to zero",
      request: "`PATCH …/scale`",
      async tell(ask) {
        const path = `${apps}/deployments/web`;
        await ask("PATCH", `${path}/scale`, { spec: { replicas: 3 } }, merge);
        const up = await settled(ask, path, isRolledOut(3));
        await ask("PATCH", `${path}/scale`, { spec: { replicas: 0 } }, merge);
        const down = await settled(
          ask,
          path,
          ({ status }) => !status.replicas && status.observedGeneration === up.metadata.generation + 1,
        );
        return answer(`${statusOf(up)} | ${statusOf(down)}`);
      },
    }),
    story({
      name: "a Deployment whose Pods are not admitted",
      request: "`POST` of a Deployment with a service account that does not exist",
      async tell(ask) {
        const spec = { ...workload("refused").spec.template, spec: { ...podSpec, serviceAccountName: "none" } };
        await ask("POST", `${apps}/deployments`, workload("refused", { replicas: 1, template: spec }));
        const hasFailed = ({ status }: Json) => status.conditions?.some(({ type }: Json) => type === "ReplicaFailure");
        const object = await settled(ask, `${apps}/deployments/refused`, hasFailed);
        await ask("DELETE", `${apps}/deployments/refused`);
        return answer(statusOf(object));
      },
    }),
    story({
      name: "a Deployment whose Pods fit on no node",
      request: "`POST` of a Deployment with a node selector",
      async tell(ask) {
        const template = { ...workload("lost").spec.template, spec: { ...podSpec, nodeSelector: { disk: "none" } } };
        await ask(
          "POST",
          `${apps}/deployments`,
          workload("lost", { replicas: 1, template, progressDeadlineSeconds: 1 }),
        );
        const isLate = ({ status }: Json) =>
          status.replicas === 1 && status.conditions?.some(({ reason }: Json) => reason === "ProgressDeadlineExceeded");
        const object = await settled(ask, `${apps}/deployments/lost`, isLate);
        const [pod] = await list(ask, `${pods}?labelSelector=app%3Dlost`);
        await ask("DELETE", `${apps}/deployments/lost`);
        const [{ type, status, reason }] = pod.status.conditions;
        return answer(`${statusOf(object)} | ${pod.status.phase} ${type} ${status} ${reason}`);
      },
    }),
    story({
      name: "a StatefulSet",
      request: "`POST` of a StatefulSet, then its status and Pods",
      async tell(ask) {
        await ask("POST", `${apps}/statefulsets`, workload("db", { replicas: 2, serviceName: "db" }));
        const object = await settled(ask, `${apps}/statefulsets/db`, isRolledOut(2));
        const all = (await list(ask, `${pods}?labelSelector=app%3Ddb`)).map(({ metadata }) => metadata.name);
        return answer(`${statusOf(object)} ${all}`);
      },
    }),
    story({
      name: "another image of a StatefulSet",
      request: "`PATCH` of the image, then its status and revisions",
      async tell(ask) {
        const spec = { template: { spec: { containers: [{ name: "main", image: "any:2" }] } } };
        await ask("PATCH", `${apps}/statefulsets/db`, { spec }, strategic);
        const isOver = (object: Json) =>
          isRolledOut(2)(object) && object.status.currentRevision === object.status.updateRevision;
        const object = await settled(ask, `${apps}/statefulsets/db`, isOver);
        const revisions = (await list(ask, `${apps}/controllerrevisions`)).map(({ revision }) => revision);
        await ask("DELETE", `${apps}/statefulsets/db`);
        return answer(`${statusOf(object)} ${revisions.toSorted()}`);
      },
    }),
    story({
      name: "a DaemonSet",
      request: "`POST` of a DaemonSet, then its status",
      async tell(ask) {
        await ask("POST", `${apps}/daemonsets`, workload("agent"));
        const isReady = ({ status }: Json) => status.numberAvailable === 1 && status.numberReady === 1;
        const object = await settled(ask, `${apps}/daemonsets/agent`, isReady);
        await ask("DELETE", `${apps}/daemonsets/agent`);
        return answer(statusOf(object));
      },
    }),
    story({
      name: "a Job that succeeds",
      request: "`POST` of a Job, then its status",
      async tell(ask) {
        await ask("POST", jobs, job("good", "any", { completions: 2, parallelism: 2 }));
        return answer(statusOf(await settled(ask, `${jobs}/good`, hasEnded)));
      },
    }),
    story({
      name: "a Job that fails",
      request: "`POST` of a Job whose image ends with 3, then its status and Pod",
      async tell(ask) {
        await ask("POST", jobs, job("bad", "fails:3", { backoffLimit: 0 }));
        const object = await settled(ask, `${jobs}/bad`, hasEnded);
        const [pod] = await list(ask, `${pods}?labelSelector=job-name%3Dbad`);
        const [{ state, ready, restartCount }] = pod.status.containerStatuses;
        const { exitCode, reason } = state.terminated;
        return answer(`${statusOf(object)} | ${pod.status.phase} ${exitCode} ${reason} ${ready} ${restartCount}`);
      },
    }),
    story({
      name: "a Job that takes too long",
      request: "`POST` of a Job that does not start, with a deadline of a second",
      async tell(ask) {
        const spec = { restartPolicy: "Never", nodeSelector: { disk: "none" }, containers: podSpec.containers };
        await ask("POST", jobs, job("late", "any", { activeDeadlineSeconds: 1, template: { spec } }));
        return answer(statusOf(await settled(ask, `${jobs}/late`, hasEnded)));
      },
    }),
    story({
      name: "an Indexed Job",
      request: "`POST` of a Job with `completionMode: Indexed`, then its status and Pods",
      async tell(ask) {
        await ask("POST", jobs, job("indexed", "any", { ...indexed, parallelism: 2 }));
        const object = await settled(ask, `${jobs}/indexed`, hasEnded);
        const all = (await podsOf(ask, "indexed")).map(({ metadata, spec }) => {
          const { annotations, labels, generateName } = metadata;
          const [{ env }] = spec.containers;
          return [generateName, annotations[indexKey], labels[indexKey], spec.hostname, JSON.stringify(env)].join(" ");
        });
        return answer(`${statusOf(object)} | ${all.toSorted().join(" | ")}`);
      },
    }),
    story({
      name: "an Indexed Job with a long name",
      request: "`POST` of a Job whose name has 61 characters, then its Pods",
      async tell(ask) {
        const name = "x".repeat(61);
        await ask("POST", jobs, job(name, "any", indexed));
        const object = await settled(ask, `${jobs}/${name}`, hasEnded);
        const all = (await podsOf(ask, name)).map(({ metadata, spec }) => {
          return [metadata.generateName, metadata.name.length, spec.hostname].join(" ");
        });
        return answer(`${statusOf(object)} | ${all.toSorted().join(" | ")}`);
      },
    }),
    story({
      name: "an Indexed Job whose name is no name of a host gets completions",
      request: "`POST` of a Job `a.b` of nothing, then a merge patch for 2 completions",
      async tell(ask) {
        const made = await ask("POST", jobs, job("a.b", "any", { ...indexed, completions: 0, parallelism: 0 }));
        const spec = { completions: 2, parallelism: 2 };
        const { status, body } = await ask("PATCH", `${jobs}/a.b`, { spec }, merge);
        return answer(`${made.status} ${status} ${(body as Json).message}`);
      },
    }),
    story({
      name: "a ControllerRevision with other data",
      request: "`PATCH`es of a ControllerRevision",
      async tell(ask) {
        const revision = { metadata: { name: "any" }, data: { spec: { any: 1 } }, revision: 1 };
        await ask("POST", `${apps}/controllerrevisions`, revision);
        const patched = async (data: object) => {
          const { status, body } = await ask("PATCH", `${apps}/controllerrevisions/any`, { data }, strategic);
          return `${status} ${(body as Json).message}`;
        };
        const all = [await patched({ zone: "a" }), await patched({ spec: "text" }), await patched({ spec: { a: 1 } })];
        return answer(all.join(" | "));
      },
    }),
    story({
      name: "an Indexed Job with a limit for each index",
      request: "`POST` of a Job whose Pods fail, with `backoffLimitPerIndex: 0`",
      async tell(ask) {
        await ask("POST", jobs, job("limited", "fails:3", { ...indexed, parallelism: 3, backoffLimitPerIndex: 0 }));
        const object = await settled(ask, `${jobs}/limited`, hasEnded);
        const [{ metadata }] = (await podsOf(ask, "limited")) as [Json];
        return answer(`${object.spec.backoffLimit} ${statusOf(object)} | ${metadata.annotations[failuresKey]}`);
      },
    }),
    story({
      name: "an Indexed Job with too many failed indexes",
      request: "the same with `maxFailedIndexes: 1`",
      async tell(ask) {
        const spec = { ...indexed, parallelism: 3, backoffLimitPerIndex: 0, maxFailedIndexes: 1 };
        await ask("POST", jobs, job("most", "fails:3", spec));
        const object = await settled(ask, `${jobs}/most`, hasEnded);
        const [{ reason, message }] = object.status.conditions;
        return answer(`${reason} ${message}`);
      },
    }),
    story({
      name: "podFailurePolicy: an exit code that fails the Job",
      request: "`POST` of a Job with a rule for the exit code 3",
      async tell(ask) {
        const rules = [
          { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] },
          { action: "FailJob", onExitCodes: { operator: "In", values: [3] } },
        ];
        await ask("POST", jobs, job("policy", "fails:3", { backoffLimit: 3, podFailurePolicy: { rules } }));
        const object = await settled(ask, `${jobs}/policy`, hasEnded);
        return answer(`${statusOf(object)} ${JSON.stringify(object.spec.podFailurePolicy)}`);
      },
    }),
    story({
      name: "a Job whose container runs until a test ends it",
      request: "`POST` of a Job with the command `sleep infinity`, then `PATCH` of its Pod's status",
      async tell(ask) {
        await ask("POST", jobs, sleeping("held", {}));
        const isActive = ({ status }: Json) => status.ready === 1;
        const running = await settled(ask, `${jobs}/held`, isActive);
        const [pod] = (await podsOf(ask, "held")) as [Json];
        await finish(ask, pod);
        const over = await settled(ask, `${jobs}/held`, hasEnded);
        return answer(`${statusOf(running)} | ${statusOf(over)}`);
      },
    }),
    story({
      name: "successPolicy: one index is enough",
      request: "`POST` of an Indexed Job with a rule for the index 1, whose Pod then succeeds",
      async tell(ask) {
        const spec = { ...indexed, parallelism: 3, successPolicy: { rules: [{ succeededIndexes: "1" }] } };
        await ask("POST", jobs, sleeping("leader", spec));
        await settled(ask, `${jobs}/leader`, ({ status }) => status.ready === 3);
        const leader = (await podsOf(ask, "leader")).find(({ metadata }) => metadata.labels[indexKey] === "1");
        await finish(ask, leader);
        const over = await settled(ask, `${jobs}/leader`, hasEnded);
        return answer(
          `${over.status.completedIndexes} ${JSON.stringify(over.status.conditions.map(({ type, reason, message }: Json) => [type, reason, message]))}`,
        );
      },
    }),
    story({
      name: "ttlSecondsAfterFinished",
      request: "`POST` of a Job with a time to live of a second",
      async tell(ask) {
        await ask("POST", jobs, job("brief", "any", { ttlSecondsAfterFinished: 1 }));
        await until("the Job is gone", async () => (await ask("GET", `${jobs}/brief`)).status === 404);
        return answer("gone");
      },
    }),
    ...kubeCases(
      [
        ["an Indexed Job with a dot in its name", indexed, "a.b"],
        ["an Indexed Job with a name that is too long for its indexes", indexed, "x".repeat(62)],
        ["an Indexed Job without completions", { completionMode: "Indexed" }],
        ["limits of indexes without indexes", { backoffLimitPerIndex: 1, maxFailedIndexes: 1 }],
        ["maxFailedIndexes without backoffLimitPerIndex", { ...indexed, maxFailedIndexes: 1 }],
        ["FailIndex without a limit for each index", { ...indexed, podFailurePolicy: ruleOf("FailIndex") }],
        ["podFailurePolicy of containers that are restarted", restarted],
      ].map(([name, spec, of = "refused"]) => ({
        name: `${name}`,
        method: "POST",
        path: jobs,
        body: job(`${of}`, "any", spec as object),
      })),
    ),
    story({
      name: "a Job that is suspended, then resumed",
      request: "`POST` of a suspended Job, then a merge patch",
      async tell(ask) {
        await ask("POST", jobs, job("waiting", "any", { suspend: true }));
        const isSuspended = ({ status }: Json) => status.conditions?.some(({ type }: Json) => type === "Suspended");
        const waiting = await settled(ask, `${jobs}/waiting`, isSuspended);
        await ask("PATCH", `${jobs}/waiting`, { spec: { suspend: false } }, merge);
        const over = await settled(ask, `${jobs}/waiting`, hasEnded);
        return answer(`${statusOf(waiting)} | ${statusOf(over)}`);
      },
    }),
  ],
};
