/**
 * Runs a Job each night and returns its result. If the Job fails, the function fails with the reason and the last lines of
 * the log, so that an alarm on Lambda's `Errors` or a destination reports it.
 *
 * The event is that of an EventBridge schedule. Lambda runs a function for at most 15 minutes. For a longer Job, start it
 * here and read its result in a second function.
 */
import { defineFunction, failedContainers, finished, resource, succeeded } from "eks-lambda/lambda";
import type { Job } from "kubernetes-types/batch/v1.js";
import type { Pod } from "kubernetes-types/core/v1.js";
import * as v from "valibot";

const day = 24 * 60 * 60;

const report = (name: string, date: string): Job => ({
  metadata: { name },
  spec: {
    backoffLimit: 0,
    ttlSecondsAfterFinished: 7 * day,
    template: {
      spec: {
        restartPolicy: "Never",
        containers: [{ name: "report", image: "registry.example.com/report:1", args: [`--date=${date}`] }],
      },
    },
  },
});

export const handler = defineFunction({
  needs: {
    jobs: resource<Job>("batch/v1", "jobs").may("create", "list", "watch"),
    pods: resource<Pod>("v1", "pods").may("list", "log"),
  },
  event: v.object({ time: v.pipe(v.string(), v.isoTimestamp()) }),
  async run({ jobs, pods }, { event: { time }, signal }) {
    const date = time.slice(0, 10);
    const name = `report-${date}`;
    // The day is in the Job's name, so a retry finds the Job and continues to wait.
    await jobs.create(report(name, date)).catch((error) => {
      if (error.code !== "AlreadyExists") throw error;
    });
    const job = await jobs.until({ name }, finished, { signal });
    if (succeeded(job)) return { job: name, outcome: "succeeded" };
    const [pod] = await pods.list({ labelSelector: `job-name=${name}` }).toArray();
    const [failed] = pod ? failedContainers(pod) : [];
    if (!pod || !failed) throw new Error(`${name} failed, and its Pod is gone`);
    const log = await pods.logs({ name: pod.metadata.name }, { container: failed.container, tailLines: 5 }).toArray();
    throw new Error([`${name} failed: ${failed.reason}, exit code ${failed.exitCode}`, ...log].join("\n"));
  },
});
