/** What controllers do, and the status that they write. */
import type { Answer, Group } from "../case.ts";
import { type Json, story } from "../kube-case.ts";
import { introduce, until } from "../people.ts";
import { merge } from "./values.ts";

type Ask = Parameters<Parameters<typeof story>[0]["tell"]>[0];
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
