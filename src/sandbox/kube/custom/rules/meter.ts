/** Counts the work of an expression: each step is one, and so are ten characters or items of what it results in. */

/** Of one rule, and of all rules of an object. Source: k8s.io/apiserver/pkg/apis/cel/config.go */
export const [limitOfRule, limitOfObject] = [1_000_000, 10_000_000];

let left = Number.POSITIVE_INFINITY;
/** One for all: what an expression catches costs little. */
const exceeded = new Error("operation cancelled: actual cost limit exceeded");

export function spend(cost: number): void {
  left -= cost;
  if (left < 0) throw exceeded;
}

export interface Outcome {
  readonly spent: number;
  readonly value?: unknown;
  readonly error?: unknown;
  readonly isTooExpensive: boolean;
}

/** Expressions may catch that they cost too much, so the outcome tells it. */
export function metered(run: () => unknown): Outcome {
  left = limitOfRule;
  const outcome = attempt(run);
  const [spent, isTooExpensive] = [limitOfRule - left, left < 0];
  left = Number.POSITIVE_INFINITY;
  return { ...outcome, spent, isTooExpensive };
}

function attempt(run: () => unknown): { readonly value?: unknown; readonly error?: unknown } {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}

export function sizeOf(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value) || value instanceof Uint8Array) return value.length;
  return value instanceof Map ? value.size : 0;
}
