/** Field selectors: `status.phase=Running,spec.nodeName!=a`. Source: k8s.io/apimachinery/pkg/fields */
import type { Kind } from "../kinds.ts";
import { at, type KubeObject } from "../object.ts";
import { badRequest } from "../status.ts";

export interface FieldTerm {
  readonly field: string;
  readonly value: string;
  readonly isEqual: boolean;
}

/** Selectors whose field has another name in the object. */
const places: Readonly<Record<string, string>> = {
  "status.successful": "status.succeeded",
  source: "source.component",
  reportingComponent: "reportingComponent",
};

export const matchesFields = (terms: readonly FieldTerm[], object: KubeObject): boolean =>
  terms.every(({ field, value, isEqual }) => {
    const found = at(object, places[field] ?? field);
    // A missing number is 0, a missing boolean false.
    const text = `${found ?? (/^(0|false)$/.test(value) ? value : "")}`;
    return (text === value) === isEqual;
  });

/** Throws 400 for a syntax error, or for a field that the kind does not support. */
export function parseFields(text: string, kind: Kind): readonly FieldTerm[] {
  // In a value, a backslash escapes `,`, `=` and `\`.
  const parts = text.match(/(?:\\.|[^,\\])+/g) ?? [];
  return parts.sort().map((part) => {
    const [, field = "", operator, value = ""] = /^([^=!]*?)(!=|==|=)(.*)$/s.exec(part) ?? [];
    if (!operator) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    if (!kind.selects.includes(field)) throw badRequest(notSelectable(kind, field));
    return { field, value: value.replace(/\\(.)/g, "$1"), isEqual: operator !== "!=" };
  });
}

function notSelectable({ kind, group, selects, custom }: Kind, field: string): string {
  const isOwn = !(selects.includes("metadata.name") && selects.includes("metadata.namespace") && selects.length === 2);
  if (kind === "Job") return `field label ${JSON.stringify(field)} not supported for Job`;
  if (custom || (isOwn && group === "")) return `field label not supported: ${field}`;
  return `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}
