/** Access entries, and how the authentication mode changes. */
import { expect } from "vitest";
import type { Group } from "../case.ts";
import type { Side } from "../side.ts";
import { type AwsCall, send } from "./call.ts";
import { type AwsCase, after, awsCase, eks } from "./case.ts";

const roleArn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const path = "/clusters/demo/access-entries";
const pathOf = (role: string) => `${path}/${encodeURIComponent(roleArn(role))}`;
const create = (role: string, more: object = {}) => eks("POST", path, { principalArn: roleArn(role), ...more });
const change = (authenticationMode: string) =>
  eks("POST", "/clusters/demo/update-config", { accessConfig: { authenticationMode } });

const policyArn = (name: string) => `arn:aws:eks::aws:cluster-access-policy/${name}`;
const policies = (role: string) => `${pathOf(role)}/access-policies`;
const associate = (role: string, name: string, accessScope: object) =>
  eks("POST", policies(role), { policyArn: policyArn(name), accessScope });
const inShop = { type: "namespace", namespaces: ["shop", "dev-*"] };
const policyFields = ["policyArn", "type", "namespaces"];

const full = { code: "InsufficientFreeAddresses", message: "too few free addresses", resourceIds: ["subnet-0b"] };
const failing = ({ backend }: Side) => backend.faults.failUpdates();
const update: AwsCase = {
  name: "how an update ended",
  call: eks("GET", "/clusters/demo/updates/0123"),
  shows: ["status", "type", "errorCode", "errorMessage"],
};

const unknownYet = ({ backend }: Side) => backend.faults.refuseNewRoles(1);

const cases: readonly AwsCase[] = [
  { name: "issues that EKS finds", call: eks("GET", "/clusters/demo"), shows: ["code", "message", "resourceIds"] },
  {
    name: "create an entry",
    call: create("one", { username: "one", kubernetesGroups: ["viewers"] }),
    shows: ["clusterName", "principalArn", "username", "kubernetesGroups", "type"],
  },
  {
    name: "create an entry with tags",
    call: create("three", { tags: { "eks-lambda/grant": "0123" } }),
    shows: ["tags"],
  },
  { name: "the tags of an entry", call: eks("GET", pathOf("three")), shows: ["tags"] },
  { name: "delete the entry with tags", call: eks("DELETE", pathOf("three")), shows: [] },
  { name: "create it again", call: create("one") },
  { name: "an entry without a username", call: create("two"), shows: ["username", "kubernetesGroups"] },
  { name: "an entry for a role that does not exist", call: create("none") },
  { name: "a username with a reserved prefix", call: create("three", { username: "eks:three" }) },
  { name: "a group with a reserved prefix", call: create("three", { kubernetesGroups: ["system:masters"] }) },
  { name: "list the entries", call: eks("GET", path), shows: ["accessEntries"] },
  {
    name: "list them in pages",
    call: { ...eks("GET", path), query: { maxResults: "1" } },
    shows: ["accessEntries", "nextToken"],
  },
  { name: "describe an entry", call: eks("GET", pathOf("one")), shows: ["username", "kubernetesGroups"] },
  {
    name: "another username",
    call: eks("POST", pathOf("one"), { username: "other" }),
    shows: ["username", "kubernetesGroups"],
  },
  {
    name: "no groups",
    call: eks("POST", pathOf("one"), { kubernetesGroups: [] }),
    shows: ["username", "kubernetesGroups"],
  },
  { name: "update to a reserved username", call: eks("POST", pathOf("one"), { username: "system:one" }) },
  { name: "describe what does not exist", call: eks("GET", pathOf("none")) },
  { name: "update what does not exist", call: eks("POST", pathOf("none"), { username: "none" }) },
  { name: "delete what does not exist", call: eks("DELETE", pathOf("none")) },
  { name: "no access policies", call: eks("GET", policies("one")), shows: ["associatedAccessPolicies"] },
  {
    name: "an access policy for the cluster",
    call: associate("one", "AmazonEKSViewPolicy", { type: "cluster" }),
    shows: ["clusterName", "principalArn", ...policyFields],
  },
  { name: "one for namespaces", call: associate("one", "AmazonEKSEditPolicy", inShop), shows: policyFields },
  { name: "list them", call: eks("GET", policies("one")), shows: policyFields },
  {
    name: "list the access policies in pages",
    call: { ...eks("GET", policies("one")), query: { maxResults: "1" } },
    shows: [...policyFields, "nextToken"],
  },
  {
    name: "the same policy with another scope",
    call: associate("one", "AmazonEKSViewPolicy", { type: "namespace", namespaces: ["shop"] }),
    shows: policyFields,
  },
  { name: "then it is the latest", call: eks("GET", policies("one")), shows: policyFields },
  { name: "an access policy in no namespace", call: associate("one", "AmazonEKSViewPolicy", { type: "namespace" }) },
  {
    name: "an access policy in namespaces and the cluster",
    call: associate("one", "AmazonEKSViewPolicy", { ...inShop, type: "cluster" }),
  },
  { name: "an access policy by another scope", call: associate("one", "AmazonEKSViewPolicy", { type: "node" }) },
  { name: "what is no access policy", call: associate("one", "Amazon/EKS", { type: "cluster" }) },
  {
    name: "an access policy of an entry that does not exist",
    call: associate("none", "AmazonEKSViewPolicy", { type: "cluster" }),
  },
  {
    name: "take an access policy away",
    call: eks("DELETE", `${policies("one")}/${encodeURIComponent(policyArn("AmazonEKSViewPolicy"))}`),
    shows: [],
  },
  {
    name: "take it away again",
    call: eks("DELETE", `${policies("one")}/${encodeURIComponent(policyArn("AmazonEKSViewPolicy"))}`),
  },
  { name: "what is left of them", call: eks("GET", policies("one")), shows: policyFields },
  { name: "another username keeps them", call: eks("POST", pathOf("one"), { username: "one" }), shows: ["username"] },
  { name: "as before", call: eks("GET", policies("one")), shows: policyFields },
  { name: "of an entry that does not exist", call: eks("GET", policies("none")) },
  { name: "delete an entry", call: eks("DELETE", pathOf("two")), shows: [] },
  { name: "list what is left", call: eks("GET", path), shows: ["accessEntries"] },
  { name: "the mode back to CONFIG_MAP", call: change("CONFIG_MAP") },
  { name: "the mode that the cluster has already", call: change("API_AND_CONFIG_MAP") },
  { name: "the mode on to API", call: change("API"), shows: ["status"] },
  { name: "then it is API", call: eks("GET", "/clusters/demo"), shows: ["authenticationMode"] },
  { name: "the mode back from API", call: change("API_AND_CONFIG_MAP") },
];

export const accessEntries: Group = {
  title: "AWS: access entries",
  intro: "In authentication mode API_AND_CONFIG_MAP. The roles `one`, `two`, `three` and `four` exist.",
  prepare: async ({ backend }) => {
    await backend.describe("demo", { authenticationMode: "API_AND_CONFIG_MAP", health: { issues: [full] } });
    for (const name of ["one", "two", "three", "four"]) await backend.assumeRole(name);
  },
  cases: [
    ...[...cases, update].map(awsCase),
    after("how a failed one ended", failing, update),
    after("an entry for a role that EKS does not know yet", unknownYet, { name: "", call: create("four") }),
    awsCase({ name: "for the same role later", call: create("four"), shows: ["principalArn"] }),
  ],
};

/** Sends a call of a preparation. It must succeed. */
export async function done(side: Side, call: AwsCall): Promise<void> {
  const { status, text } = await send(side, call);
  expect(status, text).toBe(200);
}

/** Creates or replaces the entry of a role. */
export async function putEntry(side: Side, role: string, more: object): Promise<void> {
  await send(side, eks("DELETE", pathOf(role)));
  await done(side, create(role, more));
}

/** Gives the entry of a role these access policies, each with its scope, and no others. */
export async function putPolicies(side: Side, role: string, wanted: Readonly<Record<string, object>>): Promise<void> {
  const { text } = await send(side, eks("GET", policies(role)));
  const { associatedAccessPolicies: found } = JSON.parse(text) as {
    readonly associatedAccessPolicies: readonly { readonly policyArn: string }[];
  };
  for (const { policyArn: arn } of found)
    await done(side, eks("DELETE", `${policies(role)}/${encodeURIComponent(arn)}`));
  for (const [name, scope] of Object.entries(wanted)) await done(side, associate(role, name, scope));
}
