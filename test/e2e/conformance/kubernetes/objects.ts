/** Objects that setup, teardown and the function write and read, and refusals. */
import type { Group } from "../case.ts";
import { kubeCases } from "../kube-case.ts";
import { introduce } from "../people.ts";
import { prepare, type Side } from "../side.ts";
import { configMap, configMaps, core, deployment, deployments, merge, ours, selector, tooLong } from "./values.ts";

/** An object of each kind, and some that will be deleted. */
async function fill(side: Side): Promise<void> {
  await introduce(side);
  for (const name of ["given", "doomed", "doomed-too"]) await prepare(side, "POST", configMaps, configMap(name));
  const spec = { ...deployment("").spec, replicas: 0 };
  for (const name of ["given", "doomed"]) await prepare(side, "POST", deployments, deployment(name, spec));
  await prepare(side, "POST", deployments, { ...deployment("others", spec), metadata: { name: "others" } });
  const labels = { ...ours, "eks-lambda/owner": "0123456789abcdef" };
  await prepare(side, "POST", deployments, { ...deployment("owned", spec), metadata: { name: "owned", labels } });
}

/** A field of protobuf with up to 127 ASCII characters. */
const field = (number: number, content: string): string =>
  String.fromCharCode(number * 8 + 2, content.length) + content;
const message = (version: string, kind: string, content: string): string =>
  `k8s\0${field(1, (version && field(1, version)) + (kind && field(2, kind)))}${field(2, content)}`;

export const objects: Group = {
  title: "ConfigMaps, Deployments, namespaces",
  intro: "Valid and invalid requests, with `dryRun=All` where nothing may change.",
  prepare: fill,
  cases: kubeCases([
    { name: "read", method: "GET", path: `${configMaps}/given`, shows: "data.mapRoles" },
    { name: "read an object that does not exist", method: "GET", path: `${configMaps}/none` },
    { name: "read a namespace", method: "GET", path: core, shows: "metadata.name" },
    { name: "read a namespace that does not exist", method: "GET", path: "/api/v1/namespaces/none" },
    { name: "a resource that does not exist", method: "GET", path: `${core}/nothings` },
    { name: "a node in a namespace", method: "GET", path: `${core}/nodes/none` },
    { name: "the nodes of a namespace", method: "GET", path: `${core}/nodes` },
    { name: "an API group that does not exist", method: "GET", path: "/apis/none.example/v1/things" },
    { name: "create", method: "POST", path: configMaps, body: configMap("made"), shows: "metadata.name" },
    { name: "create an object that exists", method: "POST", path: configMaps, body: configMap("given") },
    {
      name: "dry run: create an object that exists",
      method: "POST",
      path: `${configMaps}?dryRun=All`,
      body: configMap("given"),
    },
    {
      name: "dry run: create",
      method: "POST",
      path: `${configMaps}?dryRun=All`,
      body: configMap("rehearsed"),
      shows: "metadata.name",
    },
    { name: "a dry run created nothing", method: "GET", path: `${configMaps}/rehearsed` },
    {
      name: "create in a namespace that does not exist",
      method: "POST",
      path: "/api/v1/namespaces/none/configmaps",
      body: configMap("any"),
    },
    {
      name: "create in another namespace than the path's",
      method: "POST",
      path: configMaps,
      body: configMap("any", { namespace: "kube-system" }),
    },
    { name: "create without a name", method: "POST", path: configMaps, body: { data: {} } },
    { name: "create with an invalid name", method: "POST", path: configMaps, body: configMap("Not_A_Name") },
    {
      name: "create with a label's value that is too long",
      method: "POST",
      path: configMaps,
      body: configMap("any", { labels: { a: "x".repeat(64) } }),
    },
    {
      name: "create another kind",
      method: "POST",
      path: configMaps,
      body: { apiVersion: "v1", kind: "Secret", metadata: { name: "any" } },
    },
    {
      name: "create another version",
      method: "POST",
      path: configMaps,
      body: { ...configMap("any"), apiVersion: "v2" },
    },
    { name: "create from a body that is not JSON", method: "POST", path: configMaps, body: "{" },
    { name: "create from more than 3 MiB", method: "POST", path: configMaps, body: tooLong },
    { name: "merge more than 3 MiB", method: "PATCH", path: `${configMaps}/given`, contentType: merge, body: tooLong },
    { name: "delete with more than 3 MiB", method: "DELETE", path: `${configMaps}/given`, body: tooLong },
    ...[
      ["a ConfigMap", message("v1", "ConfigMap", field(1, field(1, "sent")) + field(2, field(1, "a") + field(2, "b")))],
      ["without a version and a kind", message("", "", field(1, field(1, "sent")))],
      ["another kind", message("v1", "Secret", field(1, field(1, "sent")))],
      ["another version", message("v2", "ConfigMap", field(1, field(1, "sent")))],
      ["a kind that there is not", message("v1", "Chart", field(1, field(1, "sent")))],
      ["an unknown field", message("v1", "ConfigMap", field(1, field(1, "sent")) + field(9, "x"))],
      ["a number where a message is", message("v1", "ConfigMap", "\b\u0001")],
      ["a text that ends too early", message("v1", "ConfigMap", "\n\u0009ab")],
      ["a label that cannot be", message("v1", "ConfigMap", field(1, field(1, "sent") + field(11, field(1, "a b"))))],
      ["no name", message("v1", "ConfigMap", "")],
      ["the prefix alone", "k8s\0"],
      ["another prefix", "hello"],
      ["nothing", ""],
    ].map(([name, body]) => ({
      name: `create as protobuf: ${name}`,
      ...(name === "a number where a message is" && { known: "the field's name in Go" }),
      ...{ method: "POST", path: `${configMaps}?dryRun=All`, body, contentType: "application/vnd.kubernetes.protobuf" },
      shows: ["metadata.name", "data"],
    })),
    { name: "create as text", method: "POST", path: configMaps, contentType: "text/plain", body: configMap("any") },
    {
      name: "merge under the version that was read",
      method: "PATCH",
      path: `${configMaps}/given?dryRun=All`,
      of: `${configMaps}/given`,
      contentType: merge,
      bodyOf: ({ resourceVersion }) => ({ metadata: { resourceVersion }, data: { mapRoles: "new", mapUsers: null } }),
      shows: "data.mapRoles",
    },
    {
      name: "merge under an old version",
      method: "PATCH",
      path: `${configMaps}/given`,
      contentType: merge,
      body: { metadata: { resourceVersion: "1" }, data: { mapRoles: "new" } },
    },
    {
      name: "merge into an object that does not exist",
      method: "PATCH",
      path: `${configMaps}/none`,
      contentType: merge,
      body: { data: {} },
    },
    {
      name: "patch as plain JSON",
      method: "PATCH",
      path: `${configMaps}/given`,
      contentType: "application/json",
      body: { data: {} },
    },
    {
      name: "replace under an old version",
      method: "PUT",
      path: `${configMaps}/given`,
      body: configMap("given", { resourceVersion: "1" }),
    },
    { name: "replace under another name", method: "PUT", path: `${configMaps}/given`, body: configMap("other") },
    {
      name: "delete another one of that name",
      method: "DELETE",
      path: `${configMaps}/given`,
      body: { preconditions: { uid: "another" } },
    },
    {
      name: "delete an old version",
      method: "DELETE",
      path: `${configMaps}/given`,
      body: { preconditions: { resourceVersion: "1" } },
    },
    {
      name: "delete under the version that was read",
      method: "DELETE",
      path: `${configMaps}/doomed`,
      bodyOf: ({ resourceVersion }) => ({ preconditions: { resourceVersion } }),
      shows: "status",
    },
    {
      name: "dry run: delete, by the body",
      method: "DELETE",
      path: `${configMaps}/doomed-too?dryRun=All`,
      of: `${configMaps}/doomed-too`,
      bodyOf: ({ resourceVersion }) => ({ preconditions: { resourceVersion }, dryRun: ["All"] }),
      shows: "status",
    },
    { name: "a dry run deleted nothing", method: "GET", path: `${configMaps}/doomed-too`, shows: "metadata.name" },
    {
      name: "delete with `dryRun` in the query and other options in the body",
      method: "DELETE",
      path: `${configMaps}/doomed-too?dryRun=All`,
      body: { preconditions: {} },
      shows: "status",
    },
    {
      name: "only the options in the body count: the object is deleted",
      method: "GET",
      path: `${configMaps}/doomed-too`,
    },
    { name: "delete an object that does not exist", method: "DELETE", path: `${configMaps}/none` },
    { name: "list by label", method: "GET", path: `${deployments}?${selector}`, shows: "items.metadata.name" },
    {
      name: "list by a label and the absence of another",
      method: "GET",
      path: `${deployments}?${selector}${encodeURIComponent(",!eks-lambda/owner")}`,
      shows: "items.metadata.name",
    },
    {
      name: "list by a label's key",
      method: "GET",
      path: `${deployments}?labelSelector=${encodeURIComponent("eks-lambda/owner")}`,
      shows: "items.metadata.name",
    },
    {
      name: "list by a label that no object has",
      method: "GET",
      path: `${deployments}?labelSelector=none`,
      shows: "items",
    },
    {
      name: "list by an invalid selector",
      method: "GET",
      path: `${deployments}?labelSelector=${encodeURIComponent("a==b==c")}`,
    },
    {
      name: "delete a Deployment by its uid",
      method: "DELETE",
      path: `${deployments}/doomed`,
      bodyOf: ({ uid }) => ({ preconditions: { uid }, propagationPolicy: "Background" }),
      shows: "status",
    },
    {
      name: "create a Deployment",
      method: "POST",
      path: `${deployments}?dryRun=All`,
      body: deployment("any"),
      shows: "spec.replicas",
    },
    { name: "create a Deployment that exists", method: "POST", path: deployments, body: deployment("given") },
    {
      name: "create a Deployment in a namespace that does not exist",
      method: "POST",
      path: "/apis/apps/v1/namespaces/none/deployments",
      body: deployment("any"),
    },
    {
      name: "a negative number of replicas",
      method: "POST",
      path: deployments,
      body: deployment("any", { replicas: -1 }),
    },
    {
      name: "a number of replicas that is not a number",
      method: "POST",
      path: deployments,
      body: deployment("any", { replicas: "two" }),
    },
    {
      name: "a selector that does not match the template",
      method: "POST",
      path: deployments,
      body: deployment("any", { selector: { matchLabels: { app: "other" } } }),
    },
    { name: "no specification", method: "POST", path: deployments, body: { metadata: { name: "any" }, spec: {} } },
    {
      name: "another selector",
      method: "PATCH",
      path: `${deployments}/given`,
      contentType: merge,
      body: { spec: { selector: { matchLabels: { more: "x" } }, template: { metadata: { labels: { more: "x" } } } } },
    },
    { name: "a method that the resource does not support", method: "PUT", path: configMaps, body: configMap("any") },
  ]),
};
