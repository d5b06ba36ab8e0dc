/** What a failed Pod means for its Job. Source: k8s.io/kubernetes/pkg/controller/job/pod_failure_policy.go */
import type { Job, Pod } from "../objects.ts";
import { conditionOf } from "../pods.ts";

type Rule = NonNullable<Job["spec"]["podFailurePolicy"]>["rules"][number];

export interface Verdict {
  readonly action: "Count" | "FailIndex" | "FailJob" | "Ignore";
  readonly message: string;
}
const counted: Verdict = { action: "Count", message: "" };

/** By the first rule that matches. */
export function verdictOf(job: Job, pod: Pod): Verdict {
  for (const [index, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    const why = matched(rule, pod);
    const message = `${why} matching ${rule.action} rule at index ${index}`;
    if (why !== undefined) return { action: rule.action as Verdict["action"], message };
  }
  return counted;
}

function matched({ onExitCodes, onPodConditions }: Rule, pod: Pod): string | undefined {
  const { name, namespace } = pod.metadata;
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status;
  for (const status of onExitCodes ? [...containerStatuses, ...initContainerStatuses] : []) {
    const { exitCode } = status.state.terminated ?? {};
    if (exitCode === undefined || exitCode === 0) continue;
    if (onExitCodes?.containerName !== undefined && onExitCodes.containerName !== status.name) continue;
    if ((onExitCodes?.operator === "In") === Boolean(onExitCodes?.values.includes(exitCode)))
      return `Container ${status.name} for pod ${namespace}/${name} failed with exit code ${exitCode}`;
  }
  const condition = onPodConditions?.find(({ type, status = "True" }) => conditionOf(pod, type)?.status === status);
  return condition && `Pod ${namespace}/${name} has condition ${condition.type}`;
}
