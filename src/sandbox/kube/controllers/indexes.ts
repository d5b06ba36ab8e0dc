/** Indexes of a Job's Pods, and how often each has failed. Source: k8s.io/kubernetes/pkg/controller/job/indexed_job_utils.go */
import { mostGenerated } from "../names.ts";
import type { Job, Pod } from "../objects.ts";

export const indexKey = "batch.kubernetes.io/job-completion-index";
const failuresKey = "batch.kubernetes.io/job-index-failure-count";

export const isIndexed = ({ spec }: Job): boolean => spec.completionMode === "Indexed";
export const indexOf = ({ metadata }: Pod): number => Number(metadata.annotations?.[indexKey] ?? Number.NaN);

/** `0-2,5` for 0, 1, 2 and 5. */
export function textOf(indexes: Iterable<number>): string {
  const ranges: [first: number, last: number][] = [];
  for (const index of [...indexes].sort((one, other) => one - other)) {
    const last = ranges.at(-1);
    if (last && index === last[1] + 1) last[1] = index;
    else if (index !== last?.[1]) ranges.push([index, index]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

/** The indexes in `0-2,5` below the limit. */
export const parsed = (text: string, below: number): ReadonlySet<number> =>
  new Set(
    text.split(",").flatMap((range) => {
      const [first = Number.NaN, last = first] = range === "" ? [] : range.split("-").map(Number);
      const length = Math.max(Math.min(last, below - 1) - first + 1 || 0, 0);
      return Array.from({ length }, (_, index) => first + index);
    }),
  );

/** With the whole index, however long the Job's name is. */
function generateName({ metadata }: Job, index: number): string {
  const end = `-${index}-`;
  return metadata.name.slice(0, mostGenerated - end.length) + end;
}

/** How an indexed Pod gets its index. */
export function indexed(job: Job, index: number, failures: number) {
  const perIndex = job.spec.backoffLimitPerIndex !== undefined;
  const from = { fieldRef: { fieldPath: `metadata.labels['${indexKey}']` } };
  const variable = { name: "JOB_COMPLETION_INDEX", valueFrom: from };
  const { spec, metadata = {} } = job.spec.template;
  const told = <T extends { readonly env?: readonly { readonly name: string }[] }>(container: T) => {
    const env = container.env ?? [];
    return env.some(({ name }) => name === variable.name) ? container : { ...container, env: [...env, variable] };
  };
  return {
    metadata: {
      generateName: generateName(job, index),
      labels: { [indexKey]: `${index}` },
      annotations: {
        ...metadata.annotations,
        [indexKey]: `${index}`,
        ...(perIndex && { [failuresKey]: `${failures}` }),
      },
    },
    spec: {
      hostname: `${job.metadata.name}-${index}`,
      containers: spec.containers.map(told),
      ...(spec.initContainers && { initContainers: spec.initContainers.map(told) }),
    },
  };
}
