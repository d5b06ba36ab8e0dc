/** Equality of values, and lists that are sets or maps by keys. Source: k8s.io/apiserver/pkg/cel/common/values.go */
import { Optional } from "@marcbachmann/cel-js";
import { sizeOf, spend } from "./meter.ts";

/** The keys of a list whose order does not count. None: it is a set. */
const keysOf = new WeakMap<object, readonly string[]>();

export function unordered(list: readonly unknown[], keys: readonly string[]): readonly unknown[] {
  keysOf.set(list, keys);
  return list;
}

export const isMap = (value: unknown): value is ReadonlyMap<unknown, unknown> => value instanceof Map;

export function same(left: unknown, right: unknown): boolean {
  spend(1 + (typeof left === "string" && left.length === sizeOf(right) ? left.length / 10 : 0));
  if (left === right) return true;
  if (typeof left === "string" || typeof right === "string") return false;
  if (left instanceof Uint8Array) return right instanceof Uint8Array && Buffer.compare(left, right) === 0;
  if (Array.isArray(left)) return Array.isArray(right) && sameLists(left, right);
  if (left instanceof Optional)
    return right instanceof Optional && same(left.orValue(undefined), right.orValue(undefined));
  if (isMap(left))
    return (
      isMap(right) &&
      left.size === right.size &&
      [...left].every(([key, value]) => right.has(key) && same(value, right.get(key)))
    );
  if (typeof left !== "object" || typeof right !== "object" || !left || !right) {
    const isNumeric = [left, right].every((one) => typeof one === "number" || isUint(one));
    // biome-ignore lint/suspicious/noDoubleEquals: numbers of different types are equal by their value.
    return isNumeric && left == right;
  }
  return left.constructor === right.constructor && !isMap(right) && textOf(left) === textOf(right);
}

/** Times, durations and Kubernetes' own types tell all of themselves as text. */
const textOf = (value: object): string => (value instanceof Date ? `${value.getTime()}` : `${value}`);
const isUint = (value: unknown): boolean => typeof value?.valueOf() === "bigint";

function sameLists(left: readonly unknown[], right: readonly unknown[]): boolean {
  if (left.length !== right.length) return false;
  if (!keysOf.has(left) && !keysOf.has(right)) return left.every((item, index) => same(item, right[index]));
  return left.every((item) => right.some((other) => same(item, other)));
}

export const has = (list: readonly unknown[], item: unknown): boolean => list.some((one) => same(one, item));

/** `+` of lists: a set stays one, and of two items with the same keys the second one stays. */
export function joined(left: readonly unknown[], right: readonly unknown[]): readonly unknown[] {
  const keys = keysOf.get(left);
  if (!keys) return [...left, ...right];
  const part = (item: unknown, key: string) => (isMap(item) ? item.get(key) : undefined);
  const result = [...left];
  for (const item of right) {
    const at = result.findIndex((one) =>
      keys.length > 0 ? keys.every((key) => same(part(one, key), part(item, key))) : same(one, item),
    );
    result.splice(at < 0 ? result.length : at, 1, item);
  }
  return unordered(result, keys);
}
