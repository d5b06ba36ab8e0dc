/** Warns about rules that reach further than they seem to. To add one, add it to the table. */
import { formatNeed, type Need } from "../kube/need.ts";

interface Risk {
  readonly reaches: (need: Need) => boolean;
  readonly why: string;
}

const may = ({ verbs }: Need, wanted: readonly string[]): boolean =>
  verbs.some((verb) => verb === "*" || wanted.includes(verb));

const isResource = ({ group, resource }: Need, ofGroup: string, ...wanted: readonly string[]): boolean =>
  (group === ofGroup || group === "*") && wanted.includes(resource);

const writes = ["create", "update", "patch", "delete", "deletecollection"];

/** Source: https://kubernetes.io/docs/concepts/security/rbac-good-practices/ */
const risks: readonly Risk[] = [
  {
    reaches: ({ verbs, group, resource }) => [...verbs, group, ...resource.split("/")].includes("*"),
    why: "`*` also includes what is added to the cluster later",
  },
  {
    reaches: (need) => isResource(need, "", "secrets") && may(need, ["get", "list", "watch"]),
    why: "it reads Secrets, among them the tokens of ServiceAccounts",
  },
  {
    reaches: (need) => isResource(need, "", "secrets") && may(need, writes),
    why: "a Secret that it creates can hold the token of any ServiceAccount of the namespace",
  },
  {
    reaches: (need) => need.group === "rbac.authorization.k8s.io" && may(need, [...writes, "bind", "escalate"]),
    why: "it can give rights to itself and to others",
  },
  {
    reaches: (need) => may(need, ["impersonate"]) && !need.verbs.includes("*"),
    why: "it can act as others, with their rights",
  },
  {
    reaches: (need) => isResource(need, "", "serviceaccounts/token") && may(need, ["create"]),
    why: "it can get a token of each of these ServiceAccounts, and their rights",
  },
  {
    reaches: (need) =>
      isResource(need, "", "pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "pods/ephemeralcontainers"),
    why: "it can run commands in Pods or talk to them, with the rights and Secrets of these Pods",
  },
  {
    reaches: (need) => isResource(need, "", "nodes/proxy"),
    why: "it can run commands in every Pod of the nodes, past admission and the audit log",
  },
  {
    reaches: (need) =>
      /^(validating|mutating)(webhookconfigurations|admissionpolic)/.test(need.resource) && may(need, writes),
    why: "it can read and change what everyone writes to the cluster",
  },
  { reaches: (need) => need.cluster === true && need.names === undefined, why: "it holds in the whole cluster" },
  {
    reaches: ({ namespace = "" }) => namespace.startsWith("kube-"),
    why: "this namespace has the cluster's own controllers, whose rights its Pods can use",
  },
  {
    reaches: ({ verbs, names, resource }) =>
      names !== undefined && verbs.includes("create") && !verbs.includes("patch") && !resource.includes("/"),
    why: "`create` with a name works only for server-side apply, which needs `patch`, too",
  },
  {
    reaches: ({ verbs, names }) => names !== undefined && verbs.some((verb) => /^(list|watch)$/.test(verb)),
    why: "`list` and `watch` with a name work only with the field selector metadata.name=NAME",
  },
];

/** Returns `get secrets @shop; list secrets @ops: it reads Secrets, …` for each risk, with the needs that have it. */
export const risksOf = (needs: readonly Need[]): readonly string[] =>
  risks.flatMap(({ reaches, why }) => {
    const found = needs.filter(reaches).map(formatNeed);
    return found.length > 0 ? [`${found.join("; ")}: ${why}`] : [];
  });
