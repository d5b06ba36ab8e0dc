/** Answers to `kubectl get`: lists, objects and events of watches as tables. Source: k8s.io/apiserver/pkg/registry/rest/table.go */
import type { Handling } from "../handling.ts";
import { type Kind, kinds } from "../kinds.ts";
import { at, type Json, type KubeObject, type Metadata, whole } from "../object.ts";
import { hasFields, templateGeneration } from "../write/defaults.ts";
import { type Column, columnsOf, isPlain } from "./columns.ts";

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
    ...(kind.id === kinds.pods.id && finished(at(object, "status.phase"))),
    ...(included !== "None" && { object: included === "Object" ? whole(kind, object) : partial(kind, object) }),
  }));
  const columnDefinitions = columns.map(({ name, wide }) => ({
    name,
    type: "string",
    format: name === "Name" ? "name" : "",
    description: name,
    priority: wide ? 1 : 0,
  }));
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: { resourceVersion },
    columnDefinitions,
    rows: rows.length === 0 && isPlain(kind) ? null : rows,
  };
}

const outcomes: Readonly<Record<string, string>> = {
  Succeeded: "The pod has completed successfully.",
  Failed: "The pod failed.",
};

/** What tells a client to leave out a Pod that ran to its end. */
function finished(phase: Json): object {
  const [reason, message] = [`${phase}`, outcomes[`${phase}`]];
  return message ? { conditions: [{ type: "Completed", status: "True", reason, message }] } : {};
}

/** An object that the API did not check can lack what a column needs. */
function cellOf({ value }: Column, object: KubeObject, now: number): Json {
  try {
    return value(object, now);
  } catch {
    return "<invalid>";
  }
}

/** Only an object's metadata, without what is added to the object as a whole. */
export function partial({ id }: Kind, { metadata }: KubeObject): KubeObject {
  const { annotations, ...others } = metadata;
  const { [templateGeneration]: _, ...own } = annotations ?? {};
  const isOfSet = id === kinds.daemonSets.id;
  const shown = isOfSet ? { ...others, ...(hasFields(own) && { annotations: own }) } : metadata;
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: shown };
}
