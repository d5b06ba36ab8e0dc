/** CustomResourceDefinitions: accepts their names and establishes them. Source: k8s.io/apiextensions-apiserver/pkg/controller */
import { kinds } from "../kinds.ts";
import { updated } from "../managed/managers.ts";
import type { Condition, CustomResourceDefinition } from "../objects.ts";
import { conditionsOf } from "../pods.ts";
import { type Control, controllerOf, put, withConditions } from "./control.ts";

const kind = kinds.definitions;

export const definitions = controllerOf(kind, reconcile);

const wanted: readonly Condition[] = [
  { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" },
  {
    type: "Established",
    status: "True",
    reason: "InitialNamesAccepted",
    message: "the initial names have been accepted",
  },
];

function reconcile(control: Control, definition: CustomResourceDefinition): void {
  const { names, versions } = definition.spec;
  const stored = versions.filter(({ storage }) => storage);
  const now = control.store.now();
  const conditions = withConditions(conditionsOf(definition), wanted, now);
  const status: CustomResourceDefinition["status"] = {
    conditions,
    acceptedNames: names,
    storedVersions: stored.map(({ name }) => name),
  };
  const { apiVersion } = kind;
  const by = { manager: "kube-apiserver", operation: "Update", apiVersion, time: now, subresource: "status" } as const;
  const { metadata } = updated(kind, { ...definition, status }, { old: definition, by });
  put(control, kind, { ...definition, metadata, status });
}
