/** The addresses and ports that Services are given. */
import type { Group } from "../case.ts";
import { answerOf, type Json, story } from "../kube-case.ts";
import { introduce } from "../people.ts";
import { prepare } from "../side.ts";
import { core, merge } from "./values.ts";

const services = `${core}/services`;
const ports = [{ port: 80 }];
const service = (name: string, spec: object) => ({ metadata: { name }, spec: { ports, ...spec } });
const two = [
  { name: "a", port: 80 },
  { name: "b", port: 81 },
];

/** A specification whose allocated addresses and ports are named by their order: they differ each time. */
function shown(spec: Json): string {
  const seen: string[] = [];
  const named = (what: string) => (value: string) => {
    if (!seen.includes(value)) seen.push(value);
    return `<${what} ${seen.indexOf(value) + 1}>`;
  };
  const sorted = (_: string, value: Json): Json =>
    value && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => one.localeCompare(other)))
      : value;
  return JSON.stringify(spec, sorted)
    .replace(/10\.96\.\d+\.\d+/g, (address) => (address === "10.96.7.7" ? address : named("address")(address)))
    .replace(/\b3[0-2]\d{3}\b/g, (port) => (port === "31000" ? port : named("port")(port)));
}

const made = (name: string, spec: object) =>
  story({
    name: `create: ${name}`,
    request: `\`POST …/services\` with \`${JSON.stringify(spec)}\``,
    async tell(ask) {
      const answer = await ask("POST", services, service("made", spec));
      await ask("DELETE", `${services}/made`);
      const { status, reason, message, details } = answerOf(answer);
      return status < 300
        ? { status, reason, message: shown((answer.body as Json).spec) }
        : { status, reason, message, details };
    },
  });

const changed = (name: string, before: object, ...changes: readonly object[]) =>
  story({
    name: `change: ${name}`,
    request: `\`PATCH\` with ${changes.map((change) => `\`${JSON.stringify(change)}\``).join(", then ")}`,
    async tell(ask) {
      const path = `${services}/changed`;
      const first = await ask("POST", services, service("changed", before));
      const told = [first];
      for (const spec of changes) told.push(await ask("PATCH", path, { spec }, merge));
      await ask("DELETE", path);
      const all = told.map((answer) => (answer.status < 300 ? (answer.body as Json).spec : answerOf(answer).message));
      return { status: told.at(-1)?.status ?? 0, reason: "", message: shown(all) };
    },
  });

export const serviceGroup: Group = {
  title: "Services",
  intro: "One Service has the address 10.96.7.7 and the port 31000 of each node.",
  async prepare(side) {
    await introduce(side);
    const taken = { type: "NodePort", clusterIP: "10.96.7.7", ports: [{ port: 80, nodePort: 31_000 }] };
    await prepare(side, "POST", services, service("taken", taken));
  },
  cases: [
    made("no type", {}),
    made("NodePort", { type: "NodePort" }),
    made("LoadBalancer", { type: "LoadBalancer" }),
    made("LoadBalancer without ports of nodes", { type: "LoadBalancer", allocateLoadBalancerNodePorts: false }),
    made("LoadBalancer with local traffic", { type: "LoadBalancer", externalTrafficPolicy: "Local" }),
    made("ExternalName", { type: "ExternalName", externalName: "x.example", ports: undefined }),
    made("headless", { clusterIP: "None", selector: { a: "b" } }),
    made("headless without a selector", { clusterIP: "None" }),
    made("an address", { clusterIP: "10.96.7.8" }),
    made("an address that is taken", { clusterIP: "10.96.7.7" }),
    made("an address of another network", { clusterIP: "192.0.2.1" }),
    made("a port of nodes", { type: "NodePort", ports: [{ port: 80, nodePort: 32_000 }] }),
    made("a port of nodes that is taken", { type: "NodePort", ports: [{ port: 80, nodePort: 31_000 }] }),
    made("a port of nodes out of range", { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] }),
    made("two ports", { type: "NodePort", ports: two }),
    changed("to NodePort and back", {}, { type: "NodePort" }, { type: "ClusterIP" }),
    changed("to ExternalName and back", {}, { type: "ExternalName", externalName: "x.example" }, { type: "ClusterIP" }),
    changed("another port", { type: "NodePort" }, { ports: [{ port: 81 }] }),
    changed("one more port", { type: "NodePort", ports: two.slice(0, 1) }, { ports: two }),
    changed("names of ports", { type: "NodePort", ports: two }, { ports: two.toReversed() }),
    changed("no address", {}, { clusterIP: null }),
    changed("a port of nodes that is taken", { type: "NodePort" }, { ports: [{ port: 80, nodePort: 31_000 }] }),
    changed("from local traffic", { type: "LoadBalancer", externalTrafficPolicy: "Local" }, { type: "ClusterIP" }),
  ],
};
