/** Runs a Job, from a CronJob or from a manifest, as `kubectl create job`. */
import { EksLambdaError, hasCode, usageError } from "../errors.ts";
import { create, get, list, logs, until } from "../kube/methods.ts";
import type { KubeObject, Manifest, Stored, UntypedObject } from "../kube/object.ts";
import { finished, type JobLike, succeeded } from "../kube/workloads.ts";
import { sha256 } from "../sha256.ts";
import { defineAction } from "./action.ts";
import { explained } from "./explain/explained.ts";
import { lastLines, look, podNeeds } from "./explain/look.ts";
import { flag, mapOf, object, objectName, text, texts } from "./fields.ts";
import { imagesIn, refuseOtherImages } from "./images.ts";
import { lastActionOf, marked } from "./last-action.ts";
import { refuseReserved } from "./manifests.ts";
import type { Container, PodTemplate } from "./template.ts";
import { waitSignal } from "./wait.ts";

interface JobSpec {
  readonly ttlSecondsAfterFinished?: number;
  readonly template?: PodTemplate;
}
interface Job extends JobLike {
  readonly metadata?: KubeObject["metadata"] & { readonly ownerReferences?: readonly object[] };
  readonly spec?: JobSpec;
}
interface CronJob extends KubeObject {
  readonly spec?: { readonly jobTemplate?: { readonly metadata?: KubeObject["metadata"]; readonly spec?: JobSpec } };
}

interface RunJobEvent {
  readonly from?: string;
  readonly manifest?: Job;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly wait?: boolean;
}

/** Lambda retries an event for up to six hours: the Job of the first attempt has to be there. */
const leastTtlSeconds = 6 * 60 * 60;

/** A Job's name may have 63 characters. */
const jobName = (from: string, requestId: string): string => `${from.slice(0, 52)}-${sha256(requestId).slice(0, 10)}`;

/** `args` and `env` are for the first container. */
export function withInput(template: PodTemplate, { args, env = {} }: Pick<RunJobEvent, "args" | "env">): PodTemplate {
  const [first, ...others] = template.spec?.containers ?? [];
  if (!first) return template;
  const kept = ((first.env ?? []) as readonly { readonly name: string }[]).filter(
    ({ name }) => !Object.hasOwn(env, name),
  );
  const added = Object.entries(env).map(([name, value]) => ({ name, value }));
  const container: Container = {
    ...first,
    ...(args && { args }),
    ...(added.length > 0 && { env: [...kept, ...added] }),
  };
  return { ...template, spec: { ...template.spec, containers: [container, ...others] } };
}

interface Origin {
  readonly name: string;
  readonly requestId: string;
  readonly metadata: KubeObject["metadata"] & { readonly ownerReferences?: readonly object[] };
  readonly spec: JobSpec;
}

export const jobOf = ({ name, requestId, metadata, spec }: Origin, input: RunJobEvent) => ({
  kind: "Job",
  metadata: { ...metadata, name, annotations: { ...metadata?.annotations, ...marked({ id: requestId }) } },
  spec: {
    ...spec,
    ttlSecondsAfterFinished: Math.max(spec.ttlSecondsAfterFinished ?? 0, leastTtlSeconds),
    template: withInput(spec.template ?? {}, input),
  },
});

/** As `kubectl create job --from`. The owner has no `controller: true`, so the CronJob does not count the Job as its own. */
function fromCronJob({ metadata, spec }: Stored<CronJob>, requestId: string): Origin {
  const { labels, annotations } = spec?.jobTemplate?.metadata ?? {};
  const { name, uid } = metadata;
  return {
    name: jobName(name, requestId),
    requestId,
    spec: spec?.jobTemplate?.spec ?? {},
    metadata: {
      ...(labels && { labels }),
      annotations: { ...annotations, "cronjob.kubernetes.io/instantiate": "manual" },
      ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name, uid }],
    },
  };
}

function fromManifest({ metadata, spec }: Job, requestId: string): Origin {
  refuseReserved("Job", metadata);
  const { name, generateName = "job", labels, annotations } = metadata ?? {};
  return {
    name: name ?? jobName(String(generateName).replace(/-$/, ""), requestId),
    requestId,
    spec: spec ?? {},
    metadata: { ...(labels && { labels }), ...(annotations && { annotations }) },
  };
}

export const runJob = defineAction({
  methods: { create, get, list, until, logs },
  event: { from: objectName, manifest: object, args: texts, env: mapOf(text, '{"MODE": "full"}'), wait: flag },
  resources: ["cronjobs.batch", "jobs.batch"],
  needs({ on, beside, allowed }) {
    const jobs = beside<Job>("batch/v1", "jobs").may("create", "get", "list", "watch");
    const common = { jobs, ...podNeeds({ beside }) };
    return allowed.resource === "cronjobs" ? { ...common, cronJobs: on<CronJob>().may("get") } : common;
  },
  named: ({ from, manifest }) => ({
    ...(typeof from === "string" && { name: from, resource: "cronjobs" }),
    ...(manifest !== undefined && { resource: "jobs", name: (manifest as Job).metadata?.name }),
  }),
  async run(handles, { requestId, namespace, event, on, remainingMs }) {
    const asked: RunJobEvent = event;
    const { from, manifest, wait } = asked;
    if ((from === undefined) === (manifest === undefined))
      throw usageError("InvalidEvent", "`run-job` takes `from`, the name of a CronJob, or `manifest`, a Job");
    const { jobs } = handles;
    const origin =
      "cronJobs" in handles
        ? fromCronJob(await handles.cronJobs.get({ name: from ?? "" }), requestId)
        : fromManifest(manifest ?? {}, requestId);
    refuseOtherImages(on, imagesIn(origin.spec));
    const { name } = origin;
    const about = { kind: "Job", namespace, name };
    let action = "created";
    try {
      await jobs.create(jobOf(origin, asked) as Manifest<UntypedObject> as Job);
    } catch (error) {
      if (!hasCode(error, "AlreadyExists")) throw error;
      // An earlier attempt of this request created it.
      if (lastActionOf((await jobs.get({ name })).metadata)?.id !== requestId) throw error;
      action = "unchanged";
    }
    if (!wait) return { action, ...about };
    try {
      const job = await jobs.until({ name }, finished, { signal: waitSignal(remainingMs()) });
      if (!succeeded(job)) throw new EksLambdaError("JobFailed", `Job "${name}" failed`);
      return { action, ...about, outcome: "complete", lines: await lastLines(handles, job) };
    } catch (error) {
      if (!hasCode(error, "JobFailed", "Timeout")) throw error;
      throw await explained(error, async () => look(handles, await jobs.get({ name })));
    }
  },
});
