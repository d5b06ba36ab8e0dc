/** Conditions of objects, and the state of Pods. */
import type { KubeObject, Loose } from "./object.ts";

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export const conditionOf = ({ status }: KubeObject, type: string): Condition | undefined =>
  ((status?.conditions ?? []) as readonly Condition[]).find((condition) => condition.type === type);

export const isReady = (pod: KubeObject): boolean => conditionOf(pod, "Ready")?.status === "True";

/** True for a Pod that runs or will run. */
export const isActive = ({ metadata, status }: KubeObject): boolean =>
  !metadata.deletionTimestamp && !/^(Succeeded|Failed)$/.test(status?.phase);

/** A number, or a percentage of the total, rounded up. */
export function shareOf(value: Loose, total: number): number {
  const percent = /^(\d+)%$/.exec(`${value}`)?.[1];
  return percent ? Math.ceil((total * Number(percent)) / 100) : Number(value);
}
