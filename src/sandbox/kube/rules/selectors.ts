/** Label selectors. Source: k8s.io/apimachinery/pkg/apis/meta/v1/validation */
import { problemsOfKey, problemsOfValue } from "../names.ts";
import { listOf } from "../object.ts";
import { wrong } from "../status.ts";
import { checkedBy, type Fields, nowhere } from "./field.ts";
import { labels } from "./metadata.ts";

const key = checkedBy(problemsOfKey);
const operators = ["In", "NotIn", "Exists", "DoesNotExist"];

/** The requirements of a label selector or of a node's term. */
export const requirements = (path: string, more: readonly string[] = []): Fields => ({
  [`${path}[].key`]: (value, place) => key(value ?? "", place),
  [`${path}[].operator`]: (value) =>
    ![...operators, ...more].includes(`${value}`) && wrong(value ?? "", "not a valid selector operator"),
  [`${path}[].values`](values, { parent: { operator } }) {
    const isSet = operator === "In" || operator === "NotIn";
    if (isSet)
      return listOf(values).length === 0 && "Required value: must be specified when `operator` is 'In' or 'NotIn'";
    const isNone = operator === "Exists" || operator === "DoesNotExist";
    return (
      isNone &&
      listOf(values).length > 0 &&
      "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
    );
  },
  [`${path}[].values[]`]: (value, { parent: { operator } }) =>
    !more.includes(`${operator}`) && checkedBy(problemsOfValue)(value ?? "", nowhere),
});
export function selector(path: string): Fields {
  const given = path.endsWith("[]") ? path : `${path}?`;
  return { [`${given}.matchLabels`]: labels, ...requirements(`${given}.matchExpressions`) };
}
