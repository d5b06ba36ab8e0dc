/** Services, Ingresses and NetworkPolicies. Source: k8s.io/kubernetes/pkg/apis/{core,networking}/validation */
import { isIP } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { problemOfDns1035Label, problemOfDnsLabel, problemOfSubdomain, withinCharacters } from "../names.ts";
import { at, type Json, lengthOf, listOf, mapOf } from "../object.ts";
import { duplicate, wrong } from "../status.ts";
import { blockOf, isBlock, isWithin } from "./addresses.ts";
import { checkedBy, type Fields, first, isGiven, isPort, isZero, oneOf, type Rule, required, unique } from "./field.ts";
import { labels } from "./metadata.ts";
import { portName, portOrName, protocol } from "./pods.ts";
import { selector } from "./selectors.ts";

const subdomain = checkedBy(withinCharacters(253), problemOfSubdomain);
const typeOf = (object: Json): Json => at(object, "spec.type") ?? "ClusterIP";
const isHeadless = (object: Json): boolean => at(object, "spec.clusterIP") === "None";
const needsPorts = (object: Json): boolean => typeOf(object) !== "ExternalName" && !isHeadless(object);
const address = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

const clusterIP: Rule = (value, { old, object }) => {
  if (isZero(value) || value === "None") return undefined;
  if (!isIP(`${value}`)) return { at: "s[0]", why: wrong(value, address) };
  const isChanged = !isZero(old) && old !== value && typeOf(object) !== "ExternalName";
  return isChanged && { at: "s[0]", why: wrong([value], "may not change once set") };
};

/** A port, as Go writes it. */
const asGo = ({ protocol = "TCP", port }: Readonly<Record<string, Json>>): Json => ({
  Name: "",
  Protocol: protocol,
  AppProtocol: null,
  Port: port ?? 0,
  TargetPort: 0,
  NodePort: 0,
});
const asNode = ({ protocol, nodePort }: Readonly<Record<string, Json>>): Json => ({ protocol, nodePort });
const isSame = (one: Json, other: Json): boolean =>
  ["port", "protocol"].every((field) => isDeepStrictEqual(mapOf(one)[field], mapOf(other)[field]));

const service: Fields = {
  "spec.ports": (ports, { object }) => needsPorts(object) && listOf(ports).length === 0 && "Required value",
  "spec.ports[].name": (name, place) => {
    const isNamed = listOf(at(place.object, "spec.ports")).length > 1;
    if (isZero(name)) return isNamed && "Required value";
    return first(checkedBy(withinCharacters(63), problemOfDnsLabel), unique("name"))(name, place);
  },
  "spec.ports[].port": (port, place) => isPort(port ?? 0, place),
  "spec.ports[].protocol": protocol,
  "spec.ports[].targetPort": (port, place) => isGiven(port) && portOrName(port, place),
  "spec.ports[]": (port, { earlier }) => earlier.some((one) => isSame(one, port)) && duplicate(asGo(mapOf(port))),
  "spec.ports[].nodePort": (port, { object, earlier, parent }) => {
    if (isZero(port)) return undefined;
    const isClosed = /^(ClusterIP|ExternalName)$/.test(`${typeOf(object)}`);
    if (isClosed) return `Forbidden: may not be used when \`type\` is '${typeOf(object)}'`;
    const isTaken = earlier.some((one) => isDeepStrictEqual(asNode(mapOf(one)), asNode(parent)));
    return isTaken && `Duplicate value: ${port}`;
  },
  "spec.type": oneOf("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"),
  "spec.sessionAffinity": oneOf("ClientIP", "None"),
  "spec.internalTrafficPolicy": oneOf("Cluster", "Local"),
  "spec.externalTrafficPolicy": (policy, place) => {
    if (!isGiven(policy)) return undefined;
    const isOutside = /^(NodePort|LoadBalancer)$/.test(`${typeOf(place.object)}`);
    return isOutside
      ? oneOf("Cluster", "Local")(policy, place)
      : wrong(policy, "may only be set for externally-accessible services");
  },
  "spec.externalName": (name, place) => {
    if (typeOf(place.object) !== "ExternalName") return undefined;
    return isZero(name) ? "Required value" : subdomain(`${name}`.replace(/\.$/, ""), place);
  },
  "spec.clusterIP": clusterIP,
  "spec.selector": labels,
};

const backend = (path: string): Fields => ({
  [`${path}?`]: (value, { parent }) => {
    const { service, resource } = mapOf(value);
    // Of a path without a type nothing else is said.
    if ("backend" in parent && !isGiven(parent.pathType)) return undefined;
    if (!isGiven(service) && !isGiven(resource)) return wrong("", "resource or service backend is required");
    const { number, name } = mapOf(at(service, "port"));
    return isGiven(service) && isZero(number) && isZero(name) && "Required value: port name or number is required";
  },
  [`${path}?.service?.name`]: first(required, serviceName),
  [`${path}?.service?.port?.name`]: (name, place) => !isZero(name) && portName(name, place),
  [`${path}?.service?.port?.number`]: (number, place) => !isZero(number) && isPort(number, place),
});
const serviceName = checkedBy(withinCharacters(63), problemOfDns1035Label);
const host: Rule = (name, place) => {
  if (isIP(`${name}`)) return wrong(name, "must be a DNS name, not an IP address");
  return subdomain(`${name}`.replace(/^\*\./, ""), place);
};
const paths = "spec.rules[].http?.paths";

const ingress: Fields = {
  spec: (spec) => {
    const { defaultBackend, rules } = mapOf(spec);
    const none = "either `defaultBackend` or `rules` must be specified";
    return !isGiven(defaultBackend) && listOf(rules).length === 0 && wrong(spec ?? {}, none);
  },
  "spec.ingressClassName": (name, place) => isGiven(name) && subdomain(name, place),
  "spec.tls[].hosts[]": host,
  "spec.tls[].secretName": (name, place) => !isZero(name) && subdomain(name, place),
  ...backend("spec.defaultBackend"),
  "spec.rules[].host": (name, place) => !isZero(name) && host(name, place),
  [paths]: required,
  [`${paths}[].pathType`]: (type, place) =>
    isGiven(type)
      ? oneOf("Exact", "Prefix", "ImplementationSpecific")(type, place)
      : "Required value: pathType must be specified",
  [`${paths}[].path`]: (path, { parent }) =>
    /^(Exact|Prefix)$/.test(`${parent.pathType}`) &&
    !`${path ?? ""}`.startsWith("/") &&
    wrong(path ?? "", "must be an absolute path"),
  ...backend(`${paths}[].backend`),
};

const peers = (path: string): Fields => ({
  [`${path}[]`]: (peer) =>
    !["podSelector", "namespaceSelector", "ipBlock"].some((one) => isGiven(mapOf(peer)[one])) &&
    "Required value: must specify a peer",
  ...selector(`${path}[].podSelector`),
  ...selector(`${path}[].namespaceSelector`),
  [`${path}[].ipBlock?.cidr`]: first(required, isBlock),
  [`${path}[].ipBlock?.except[]`]: (value, { parent }) => {
    const [inner, outer] = [blockOf(`${value}`), blockOf(`${parent.cidr}`)];
    if (!inner) return isBlock(value);
    const isOutside = outer && !isWithin(inner, outer);
    return isOutside && wrong(value, "must be a strict subset of `cidr`");
  },
});
const policyPorts = (path: string): Fields => ({
  [`${path}[].protocol`]: protocol,
  [`${path}[].port`]: (port, place) => isGiven(port) && portOrName(port, place),
  [`${path}[].endPort`]: (end, { parent: { port } }) => {
    if (!isGiven(end)) return undefined;
    if (!isGiven(port)) return wrong(end, "may not be specified when `port` is not specified");
    if (typeof port === "string") return wrong(end, "may not be specified when `port` is non-numeric");
    return [
      Number(end) < Number(port) && wrong(end, "must be greater than or equal to `port`"),
      (Number(end) < 1 || Number(end) > 65535) && wrong(end, "must be between 1 and 65535, inclusive"),
    ];
  },
});
const policy: Fields = {
  ...selector("spec.podSelector"),
  "spec.policyTypes": (types) => lengthOf(types) > 2 && wrong(types, "may not specify more than two policyTypes"),
  "spec.policyTypes[]": (type, place) =>
    lengthOf(listOf(place.parent.policyTypes)) <= 2 && oneOf("Egress", "Ingress")(type ?? "", place),
  ...peers("spec.ingress[].from"),
  ...peers("spec.egress[].to"),
  ...policyPorts("spec.ingress[].ports"),
  ...policyPorts("spec.egress[].ports"),
};

export const services: Readonly<Record<string, Fields>> = { Service: service, Ingress: ingress, NetworkPolicy: policy };
