/** Selectors, pages and versions of lists. */
import type { Group } from "../case.ts";
import { type Json, kubeCase, kubeCases, story } from "../kube-case.ts";
import { introduce } from "../people.ts";
import { prepare } from "../side.ts";
import { configMap, configMaps, core, deployments } from "./values.ts";

const labels: Readonly<Record<string, object>> = {
  a: { tier: "web", size: "3" },
  b: { tier: "db", size: "12" },
  c: { tier: "web", "example.com/owner": "x" },
  d: {},
};
const names = "items.metadata.name";
const selecting = (selector: string) =>
  `${configMaps}?labelSelector=${encodeURIComponent(selector)}&fieldSelector=metadata.name!%3Dkube-root-ca.crt`;
const byField = (path: string, selector: string) => `${path}?fieldSelector=${encodeURIComponent(selector)}`;
const token = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

const selectors = [
  ["two values", "tier in (web, db)"],
  ["none of a set", "tier notin (web)"],
  ["not equal", "tier!=web"],
  ["twice equal", "tier==web"],
  ["a key and not another", "tier,!size"],
  ["an empty value in a set", "tier in (,web)"],
  ["an empty set", "tier in ()"],
  ["more than", "size>5"],
  ["less than", "size<5"],
  ["a key with a prefix", "example.com/owner=x"],
  ["an empty value", "tier="],
  ["words that are operators", "in in (notin)"],
  ["a set that is not closed", "tier in (web"],
  ["a set without parentheses", "tier in web"],
  ["no number to compare with", "size>many"],
  ["no operator", "tier web"],
  ["nothing after the comma", "tier=web,"],
  ["two commas", "tier,,size"],
  ["a prefix that is empty", "/owner=x"],
  ["a key that cannot be", "-tier=web"],
  ["a value that cannot be", "tier=-web"],
  ["not, and a value", "!tier=web"],
] as const;

const fields = [
  ["a name", configMaps, "metadata.name=a"],
  ["another name", configMaps, "metadata.name=none"],
  ["a namespace", "/api/v1/configmaps", "metadata.namespace=none"],
  ["a field of the data", configMaps, "data.key=value"],
  ["a field that Pods do not have", `${core}/pods`, "status.nothing=1"],
  ["a phase of Pods", `${core}/pods`, "status.phase=Running"],
  ["a field of Jobs", "/apis/batch/v1/jobs", "spec.suspend=true"],
  ["how many Jobs succeeded", "/apis/batch/v1/jobs", "status.successful=0"],
  ["a field of Deployments", deployments, "spec.replicas=1"],
  ["the namespace of namespaces", "/api/v1/namespaces", "metadata.namespace=x"],
  ["a type of Secrets", `${core}/secrets`, "type=Opaque"],
  ["an invalid selector", configMaps, "metadata.name"],
  ["more than", configMaps, "metadata.name>a"],
] as const;

export const lists: Group = {
  title: "Lists",
  intro: "Four ConfigMaps: which are selected, in pages, at which version.",
  async prepare(side) {
    await introduce(side);
    for (const [name, own] of Object.entries(labels))
      await prepare(side, "POST", configMaps, configMap(name, { labels: own }));
  },
  cases: [
    ...selectors.map(([name, selector]) =>
      kubeCase({ name: `labels: ${name}: \`${selector}\``, method: "GET", path: selecting(selector), shows: names }),
    ),
    ...fields.map(([name, path, selector]) =>
      kubeCase({ name: `fields: ${name}`, method: "GET", path: byField(path, selector), shows: names }),
    ),
    story({
      name: "three pages",
      request: "`?limit=2`, then `&continue=…`",
      async tell(ask) {
        const path = `${selecting("")}&limit=2`;
        const first = (await ask("GET", path)).body as Json;
        // An object that was created meanwhile is not in that list.
        await ask("POST", configMaps, configMap("aa"));
        const second = (await ask("GET", `${path}&continue=${first.metadata.continue}`)).body as Json;
        await ask("DELETE", `${configMaps}/aa`);
        const told = [first, second].map(({ items }) => items.map(({ metadata }: Json) => metadata.name).join(","));
        const isSame = first.metadata.resourceVersion === second.metadata.resourceVersion;
        const end = second.metadata.continue === undefined;
        return { status: 200, reason: "", message: `${told.join(" | ")}; one version: ${isSame}; the end: ${end}` };
      },
    }),
    story({
      name: "remainingItemCount, without a selector",
      request: "`?limit=1`",
      async tell(ask) {
        const { body } = await ask("GET", "/api/v1/namespaces/kube-public/configmaps?limit=1");
        const { body: all } = await ask("GET", `${configMaps}?limit=1`);
        const left = (list: Json) => list.metadata.remainingItemCount > 2;
        return { status: 200, reason: "", message: `${(body as Json).metadata.remainingItemCount} ${left(all)}` };
      },
    }),
    ...kubeCases([
      { name: "a negative limit", method: "GET", path: `${selecting("tier")}&limit=-1`, shows: names },
      { name: "a limit that is not a number", method: "GET", path: `${configMaps}?limit=many` },
      {
        known: "the words of Go's parser",
        name: "a malformed continue token",
        method: "GET",
        path: `${configMaps}?continue=abc`,
      },
      {
        name: "a continue token of an unknown version",
        method: "GET",
        path: `${configMaps}?continue=${token({ v: "v2", rv: 1, start: "a" })}`,
      },
      {
        name: "a continue token without a resource version",
        method: "GET",
        path: `${configMaps}?continue=${token({ v: "meta.k8s.io/v1", start: "a" })}`,
      },
      {
        name: "a continue token without a start key",
        method: "GET",
        path: `${configMaps}?continue=${token({ v: "meta.k8s.io/v1", rv: 1 })}`,
      },
      {
        name: "a continue token and a resourceVersion",
        method: "GET",
        path: `${configMaps}?resourceVersion=1&continue=${token({ v: "meta.k8s.io/v1", rv: 1, start: "a" })}`,
      },
      { name: "resourceVersion=0", method: "GET", path: `${selecting("tier")}&resourceVersion=0`, shows: names },
      { name: "a future version", method: "GET", path: `${configMaps}?resourceVersion=99999999` },
      { name: "a version that is not a number", method: "GET", path: `${configMaps}?resourceVersion=abc` },
      {
        name: "NotOlderThan a version",
        method: "GET",
        path: `${selecting("tier")}&resourceVersion=1&resourceVersionMatch=NotOlderThan`,
        shows: names,
      },
      {
        name: "an unknown resourceVersionMatch",
        method: "GET",
        path: `${configMaps}?resourceVersion=1&resourceVersionMatch=Any`,
      },
      {
        name: "resourceVersionMatch without a version",
        method: "GET",
        path: `${configMaps}?resourceVersionMatch=Exact`,
      },
      {
        name: "Exact with resourceVersion=0",
        method: "GET",
        path: `${configMaps}?resourceVersion=0&resourceVersionMatch=Exact`,
      },
      { name: "sendInitialEvents of a list", method: "GET", path: `${configMaps}?sendInitialEvents=true` },
      {
        known: "the API server ignores a parameter that it does not know",
        name: "an unknown parameter",
        method: "GET",
        path: `${configMaps}?colour=red`,
        shows: "kind",
      },
      { name: "a list across namespaces", method: "GET", path: "/api/v1/pods", shows: ["kind", "items"] },
      {
        known: "the sandbox has no such resource, and says so",
        name: "a resource that the sandbox does not support",
        method: "GET",
        path: `${core}/podtemplates`,
        shows: "kind",
      },
    ]),
  ],
};
