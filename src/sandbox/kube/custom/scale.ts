/** The fields of a custom resource that its scale reads and writes. Source: k8s.io/apiextensions-apiserver/pkg/registry/customresource */
import { isMap, type Json, type KubeObject } from "../object.ts";
import type { CustomVersion, ScalePaths } from "../objects.ts";
import type { Problem } from "../status.ts";
import { ownValue } from "./schema.ts";

const most = 2 ** 31 - 1;

/** How Go names the type of a value. */
function goType(value: Json): string {
  if (value === null) return "<nil>";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "string";
  return isMap(value) ? "map[string]interface {}" : "[]interface {}";
}

const shown = (value: Json): string =>
  typeof value === "object" && value !== null ? JSON.stringify(value) : value === null ? "<nil>" : `${value}`;

/** The value at a path such as `.spec.replicas`, or why there can be none. */
function nested(object: Json, path: string, type: string): { readonly value?: Json; readonly why?: string } {
  let value: Json = object;
  for (const key of path.replace(/^\./, "").split(".")) {
    if (value === undefined) return {};
    const other = `.${path.replace(/^\./, "")} accessor error: ${shown(value)} is of the type ${goType(value)}, expected`;
    if (!isMap(value)) return { why: `${other} map[string]interface{}` };
    value = ownValue(value, key);
  }
  const why = `.${path.replace(/^\./, "")} accessor error: ${shown(value)} is of the type ${goType(value)}, expected ${type}`;
  return value === undefined || goType(value) === type ? { value } : { why };
}

function ofReplicas(object: KubeObject, path: string): readonly Problem[] {
  const { value, why } = nested(object, path, "int64");
  if (why) return [[path, `Invalid value: 0: ${why}`]];
  const count = Number(value ?? 0);
  if (count < 0) return [[path, `Invalid value: ${count}: should be a non-negative integer`]];
  return count > most ? [[path, `Invalid value: ${count}: should be less than or equal to ${most}`]] : [];
}

function ofSelector(object: KubeObject, path: string | undefined): readonly Problem[] {
  const { why } = path ? nested(object, path, "string") : {};
  return why && path ? [[path, `Invalid value: "": ${why}`]] : [];
}

/** A change of the status does not look at the specification. */
export function problemsOfScale(object: KubeObject, custom: CustomVersion, isOfStatus: boolean): readonly Problem[] {
  const scale: ScalePaths | undefined = custom.subresources?.scale;
  if (!scale) return [];
  return [
    ...(isOfStatus ? [] : ofReplicas(object, scale.specReplicasPath)),
    ...ofReplicas(object, scale.statusReplicasPath),
    ...ofSelector(object, scale.labelSelectorPath),
  ];
}
