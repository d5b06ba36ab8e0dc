/** Answers to `kubectl get`: lists, objects and events of watches as tables. Source: k8s.io/apiserver/pkg/registry/rest/table.go */
import type { Handling } from "../handling.ts";
import { type Json, type KubeObject, type Metadata, whole } from "../object.ts";
import { type Column, columnsOf } from "./columns.ts";

/** `metadata` is that of the list, or of the only object. */
export function table(
  { kind, clock, request: { query } }: Handling,
  objects: readonly KubeObject[],
  { resourceVersion }: Pick<Metadata, "resourceVersion">,
) {
  const columns = columnsOf(kind);
  const now = clock.now();
  const included = query.get("includeObject") ?? "Metadata";
  const rows = objects.map((object) => ({
    cells: columns.map((column) => cellOf(column, object, now)),
    ...(included !== "None" && { object: included === "Object" ? whole(kind, object) : partial(object) }),
  }));
  const columnDefinitions = columns.map(({ name, wide }) => ({
    name,
    type: "string",
    format: name === "Name" ? "name" : "",
    description: name,
    priority: wide ? 1 : 0,
  }));
  return { kind: "Table", apiVersion: "meta.k8s.io/v1", metadata: { resourceVersion }, columnDefinitions, rows };
}

/** An object that the API did not check can lack what a column needs. */
function cellOf({ value }: Column, object: KubeObject, now: number): Json {
  try {
    return value(object, now);
  } catch {
    return "<invalid>";
  }
}

/** An object's metadata alone. */
export const partial = ({ metadata }: KubeObject): KubeObject => ({
  kind: "PartialObjectMetadata",
  apiVersion: "meta.k8s.io/v1",
  metadata,
});
