/**
 * The part of kubectl's JSONPath that names a place in an object: fields, indexes and `*`. Filters, slices, `..` and
 * several expressions are refused. Source: https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */
import type { Field } from "./fields.ts";

/** A field, an index, which counts from the end if it is negative, or `undefined` for `*`. */
type Step = string | number | undefined;

const step =
  /[.](?:([*])|((?:\\.|[^\s.*:,?@$|()[\]{}'"\\])+))|\[(?:([*])|(-?\d+)|'((?:\\.|[^'\\])+)'|"((?:\\.|[^"\\])+)")\]/sy;

/** `{.status.loadBalancer.ingress[0].hostname}`, also without the braces. `undefined` for anything else. */
function stepsOf(text: string): readonly Step[] | undefined {
  const path = text.replace(/^\{(.*)\}$/s, "$1").replace(/^\$/, "");
  const steps: Step[] = [];
  for (step.lastIndex = 0; step.lastIndex < path.length; ) {
    const found = step.exec(path);
    if (!found) return undefined;
    const [, , field, , index, ...quoted] = found;
    steps.push(index === undefined ? [field, ...quoted].find(Boolean)?.replace(/\\(.)/gs, "$1") : Number(index));
  }
  return steps.length > 0 ? steps : undefined;
}

export const jsonPath: Field = {
  must: "a JSONPath of fields, indexes and `*`, such as `{.status.loadBalancer.ingress[0].hostname}`",
  valid: (value) => typeof value === "string" && stepsOf(value) !== undefined,
};

function childrenOf(value: unknown, at: Step): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  if (at === undefined) return Object.values(value);
  const isIndex = typeof at === "number";
  if (Array.isArray(value) !== isIndex) return [];
  const key = isIndex && at < 0 ? (value as unknown[]).length + at : at;
  return Object.hasOwn(value, key) ? [(value as Readonly<Record<string | number, unknown>>)[key]] : [];
}

/** As Go writes maps: the keys in order. */
const ordered = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/** The text that kubectl prints with `-o jsonpath`: values with a space between them, empty if there is none. */
export const textAt = (path: string, object: unknown): string =>
  (stepsOf(path) ?? [])
    .reduce<readonly unknown[]>((values, at) => values.flatMap((value) => childrenOf(value, at)), [object])
    .map((value) => (typeof value === "string" ? value : JSON.stringify(value, ordered)))
    .join(" ");
