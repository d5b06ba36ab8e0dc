/** Roles, bindings and reviews. Source: k8s.io/kubernetes/pkg/apis/{rbac,authorization}/validation */
import { rbacGroup } from "../kinds.ts";
import { problemOfSegment, problemOfSubdomain, withinCharacters } from "../names.ts";
import { at, isMap, type Json, lengthOf, listOf } from "../object.ts";
import { unsupported, wrong } from "../status.ts";
import { checkedBy, differs, type Fields, first, isGiven, isOneOf, type Rule, required, type What } from "./field.ts";
import { isSelector } from "./pods.ts";
import { selector } from "./selectors.ts";

const isResource = (rule: Json): boolean => lengthOf(at(rule, "nonResourceURLs")) > 0;
const ofResources =
  (what: string): Rule =>
  (value, { parent }) =>
    !isResource(parent) &&
    listOf(value).length === 0 &&
    `Required value: resource rules must supply at least one ${what}`;

const rules = (isClusterWide: boolean): Fields => ({
  "rules[].verbs": (verbs) => listOf(verbs).length === 0 && "Required value: verbs must contain at least one value",
  "rules[].apiGroups": ofResources("api group"),
  "rules[].resources": ofResources("resource"),
  "rules[].nonResourceURLs": (urls) =>
    !isClusterWide && listOf(urls).length > 0 && wrong(urls, "namespaced rules cannot apply to non-resource URLs"),
});

const binding = (isKind: Rule, isClusterWide = false): Fields => ({
  "roleRef.apiGroup": (group) =>
    isGiven(group) && group !== "" && group !== rbacGroup && unsupported(group, [rbacGroup]),
  "roleRef.kind": isKind,
  "roleRef.name": first(required, checkedBy(problemOfSegment)),
  "subjects[].name": (name, place) =>
    required(name ?? "", place) ||
    (place.parent.kind === "ServiceAccount" && checkedBy(problemOfSubdomain, withinCharacters(253))(name, place)),
  "subjects[].kind": isOneOf("ServiceAccount", "User", "Group"),
  "subjects[].apiGroup": (group, { parent: { kind } }) => {
    const own = kind === "ServiceAccount" ? "" : rbacGroup;
    return (
      /^(ServiceAccount|User|Group)$/.test(`${kind}`) && isGiven(group) && group !== own && unsupported(group, [own])
    );
  },
  "subjects[].namespace": (namespace, { parent }) =>
    isClusterWide && parent.kind === "ServiceAccount" && !namespace && "Required value",
  roleRef: (ref, place): What =>
    isMap(ref) &&
    differs(ref, place) &&
    wrong({ APIGroup: rbacGroup, Kind: at(ref, "kind"), Name: at(ref, "name") }, "cannot change roleRef"),
});

const oneKind = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
const noSubject = "at least one of user or group must be specified";
const review: Fields = {
  "spec.resourceAttributes": (wish, { object }) =>
    !wish && !at(object, "spec.nonResourceAttributes") && wrong(null, oneKind),
};

export const rbac: Readonly<Record<string, Fields>> = {
  Role: rules(false),
  ClusterRole: {
    ...rules(true),
    "aggregationRule?.clusterRoleSelectors": (selectors) =>
      listOf(selectors).length === 0 &&
      "Required value: at least one clusterRoleSelector required if aggregationRule is non-nil",
    ...selector("aggregationRule?.clusterRoleSelectors[]"),
    "aggregationRule?.clusterRoleSelectors[]": (given) => !isSelector(given) && wrong(null, "invalid label selector."),
  },
  RoleBinding: binding(isOneOf("Role", "ClusterRole")),
  ClusterRoleBinding: binding(isOneOf("ClusterRole"), true),
  SelfSubjectAccessReview: review,
  SubjectAccessReview: {
    ...review,
    "spec.user": (user, { object }) => !user && !lengthOf(at(object, "spec.groups")) && wrong("", noSubject),
  },
};
