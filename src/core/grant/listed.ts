/** The grants in a cluster, as `list` shows them with the functions. */

import type { Kube } from "../kube/request.ts";
import { grouped } from "../rbac/grouped.ts";
import { bindingsIn, rolesIn } from "../rbac/listed.ts";
import { isBinding, isRole, type RbacObject, showRules } from "../rbac/objects.ts";
import type { Listed, ListedFunction } from "../stack/functions.ts";
import { grantKey, isOfGrant, mappingIn, roleIn } from "./marks.ts";

/** Throws `Forbidden` if the caller may not list Roles and bindings in all namespaces. */
export async function grantsIn(kube: Kube): Promise<Listed> {
  const [roles, bindings] = await Promise.all([rolesIn(kube, grantKey), bindingsIn(kube, grantKey)]);
  const groups = grouped<RbacObject>([...roles, ...bindings], ({ metadata }) => metadata.labels?.[grantKey]);
  const all = [...groups].sort().map(([, objects]) => {
    const [role] = objects.flatMap(({ metadata }) => roleIn(metadata) ?? []);
    const isOurs = ({ metadata }: RbacObject) => role !== undefined && isOfGrant(metadata, role);
    return { role, ours: objects.filter(isOurs), strangers: objects.filter((object) => !isOurs(object)) };
  });
  return {
    functions: all.flatMap(({ role, ours }) => (role === undefined ? [] : [listed(role, ours)])),
    strangers: all.flatMap(({ strangers }) => strangers),
  };
}

function listed(owner: string, objects: readonly RbacObject[]): ListedFunction {
  const mapping = objects.map(({ metadata }) => mappingIn(metadata)).find(Boolean);
  return {
    name: undefined,
    stack: undefined,
    functionName: undefined,
    sourcePath: undefined,
    owner,
    version: undefined,
    state: "granted",
    users: distinct(objects.filter(isBinding).flatMap(({ subjects = [] }) => subjects.map(({ name }) => name))),
    namespaces: distinct(objects.map(({ metadata }) => metadata.namespace ?? "*")),
    access: mapping === "others" ? undefined : mapping,
    images: [],
    exportName: undefined,
    may: objects.filter(isRole).map(({ rules, metadata }) => `${showRules(rules)} @${metadata.namespace ?? "*"}`),
  };
}

const distinct = (all: readonly string[]): readonly string[] => [...new Set(all)].sort();
