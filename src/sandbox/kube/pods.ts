/** Conditions of objects, and the state of Pods. */
import { isMap, listOf } from "./object.ts";
import type { Condition, Conditions, Pod, Share } from "./objects.ts";

type WithStatus = { readonly status?: Conditions };

/** Empty for what is not a list of maps. */
export const conditionsOf = ({ status }: WithStatus): readonly Condition[] =>
  listOf(status?.conditions).filter((one): one is Condition => isMap(one));

export const conditionOf = (object: WithStatus, type: string): Condition | undefined =>
  conditionsOf(object).find((condition) => condition.type === type);

export const isReady = (pod: Pod): boolean => conditionOf(pod, "Ready")?.status === "True";

/** True for a Pod that runs or will run. */
export const isActive = ({ metadata, status }: Pod): boolean =>
  !metadata.deletionTimestamp && !/^(Succeeded|Failed)$/.test(status.phase);

/** A number, or a percentage of the total, rounded up. */
export function shareOf(value: Share, total: number): number {
  const percent = /^(\d+)%$/.exec(`${value}`)?.[1];
  return percent ? Math.ceil((total * Number(percent)) / 100) : Number(value);
}
