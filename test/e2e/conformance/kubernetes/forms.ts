/** Objects and lists as tables, and their metadata alone. */
import type { Group } from "../case.ts";
import { kubeCase } from "../kube-case.ts";
import { introduce } from "../people.ts";
import { prepare } from "../side.ts";
import { configMap, configMaps } from "./values.ts";

const as = (kind: string) => `application/json;as=${kind};g=meta.k8s.io;v=v1`;
const [table, partial, partialList] = [as("Table"), as("PartialObjectMetadata"), as("PartialObjectMetadataList")];
const one = `${configMaps}/a`;
const shows = ["kind", "apiVersion", "metadata.name", "metadata.labels", "data", "items.metadata.name", "items.kind"];
const selected = `${configMaps}?labelSelector=tier`;

const accepted: readonly (readonly [name: string, method: string, path: string, accept: string, body?: object])[] = [
  ["the metadata of an object", "GET", one, partial],
  ["the metadata of a list", "GET", selected, partialList],
  ["a list of metadata of an object", "GET", one, partialList],
  ["the metadata of a list as of one object", "GET", selected, partial],
  ["either form, of an object", "GET", one, `${partial},${partialList}`],
  ["either form, of a list", "GET", selected, `${partial},${partialList}`],
  ["metadata, else the object", "GET", one, `${partialList},application/json`],
  ["the object, else metadata", "GET", one, `application/json,${partial}`],
  ["a form that is not there", "GET", one, as("Chart")],
  ["a form that is not there, else the object", "GET", one, `${as("Chart")},application/json`],
  ["another version of tables", "GET", one, "application/json;as=Table;g=meta.k8s.io;v=v2"],
  ["a form without its group and version", "GET", one, "application/json;as=Table"],
  ["text", "GET", one, "text/plain"],
  ["anything", "GET", one, "text/plain, */*;q=0.1"],
  ["a table of what was made", "POST", configMaps, table, configMap("b")],
  ["the metadata of what was made", "POST", configMaps, partial, configMap("c")],
  ["the metadata of what was changed", "PATCH", one, partial, { data: { changed: "yes" } }],
  ["metadata of an object that is not there", "GET", `${configMaps}/none`, partial],
  ["the metadata of what was deleted", "DELETE", `${configMaps}/c`, partial],
];

export const forms: Group = {
  title: "Forms of objects",
  intro: "What the request's header `Accept` asks for: the object, a table, or metadata alone.",
  async prepare(side) {
    await introduce(side);
    await prepare(side, "POST", configMaps, configMap("a", { labels: { tier: "web" } }));
  },
  cases: accepted.map(([name, method, path, accept, body]) =>
    kubeCase({
      ...{ name, method, path, accept, body, shows },
      ...(method === "PATCH" && { contentType: "application/merge-patch+json" }),
    }),
  ),
};
