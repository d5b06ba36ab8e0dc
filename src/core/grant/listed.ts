/** The grants in a cluster, as `list` shows them beside the functions. */
import type { ListedFunction } from "../functions.ts";
import type { Kube } from "../kube/request.ts";
import { bindingsIn, rolesIn } from "../rbac/listed.ts";
import { showRules } from "../rbac/objects.ts";
import { grantId, grantKey, marksIn } from "./marks.ts";
import type { GrantObjects } from "./objects.ts";

/** Throws `Forbidden` if the caller may not list Roles and bindings in all namespaces. */
export async function grantsIn(kube: Kube): Promise<readonly ListedFunction[]> {
  const [roles, bindings] = await Promise.all([rolesIn(kube, grantKey), bindingsIn(kube, grantKey)]);
  const idOf = ({ metadata }: GrantObjects["roles" | "bindings"][number]) => metadata.labels?.[grantKey] ?? "";
  const ids = [...new Set([...roles, ...bindings].map(idOf))].sort();
  return ids.map((id) =>
    listed(id, {
      roles: roles.filter((one) => idOf(one) === id),
      bindings: bindings.filter((one) => idOf(one) === id),
    }),
  );
}

function listed(id: string, { roles, bindings }: GrantObjects): ListedFunction {
  const marks = [...roles, ...bindings].map(({ metadata }) => marksIn(metadata));
  const mapping = marks.find((one) => one.mapping !== undefined)?.mapping;
  return {
    ...{ name: undefined, stack: undefined, functionName: undefined, entry: undefined },
    ...{ version: undefined, state: "granted" },
    owner: marks.find(({ role }) => role !== undefined && grantId(role) === id)?.role ?? id,
    users: distinct(bindings.flatMap(({ subjects = [] }) => subjects.map(({ name }) => name))),
    namespaces: distinct([...roles, ...bindings].map(({ metadata }) => metadata.namespace ?? "*")),
    access: mapping === "others" ? undefined : mapping,
    images: [],
    may: roles.map(({ rules, metadata }) => `${showRules(rules)} @${metadata.namespace ?? "*"}`),
  };
}

const distinct = (all: readonly string[]): readonly string[] => [...new Set(all)].sort();
