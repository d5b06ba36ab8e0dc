/** The addresses and ports of Services. Source: k8s.io/kubernetes/pkg/registry/core/service (strategy.go, storage/alloc.go) */
import { randomInt } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Handling } from "../handling.ts";
import { kinds } from "../kinds.ts";
import { type Json, type JsonMap, type KubeObject, listOf, mapOf } from "../object.ts";
import { failure, invalid, type Problem, wrong } from "../status.ts";
import { isOpen } from "./defaults.ts";

interface Place {
  /** The specification before the change; empty for a new Service. */
  readonly old: JsonMap;
  /** Those of all other Services. */
  readonly others: readonly JsonMap[];
}

/** Returns the Service with what the API server allocates for it, without what its type does not have. */
export function allocated(handling: Handling, service: KubeObject, before?: KubeObject): KubeObject {
  const { kind, store } = handling;
  if (kind.id !== kinds.services.id) return service;
  const { uid, name } = service.metadata;
  const others = store.list(kinds.services).filter(({ metadata }) => metadata.uid !== uid);
  const place: Place = { old: mapOf(before?.spec), others: others.map((one) => mapOf(one.spec)) };
  const spec = mapOf(service.spec);
  const next = { ...shaped(spec, place.old), ...addresses(spec, place), ...ports(spec, place) };
  const problems = problemsOf(next, place);
  if (problems.length > 0) throw invalid(kind, name, problems);
  return { ...service, spec: Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined)) };
}

const isExternal = ({ type }: JsonMap): boolean => type === "ExternalName";
const isBalanced = ({ type }: JsonMap): boolean => type === "LoadBalancer";
const opensPorts = (spec: JsonMap): boolean =>
  spec.type === "NodePort" || (isBalanced(spec) && spec.allocateLoadBalancerNodePorts !== false);

const ofAddress = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"];
const ofBalancer = ["allocateLoadBalancerNodePorts", "healthCheckNodePort"];

/** Without the fields that another type has, if they are as they were: who changes the type need not take them away. */
function shaped(spec: JsonMap, old: JsonMap): JsonMap {
  const gone = [
    ...(isExternal(spec) ? ofAddress : []),
    ...(isOpen(spec.type) ? [] : ["externalTrafficPolicy"]),
    ...(isBalanced(spec) ? [] : ofBalancer),
  ];
  const isDefault = (field: string) => field === "internalTrafficPolicy";
  return Object.fromEntries(
    Object.entries(spec).filter(
      ([field, value]) => !gone.includes(field) || !(isDefault(field) || isDeepStrictEqual(value, old[field])),
    ),
  );
}

function addresses(spec: JsonMap, { old, others }: Place): JsonMap {
  if (isExternal(spec)) return {};
  const given = spec.clusterIP || listOf(spec.clusterIPs)[0] || (isExternal(old) ? undefined : old.clusterIP);
  const clusterIP = given || freeOf(others.flatMap(addressesOf), () => addressOf(randomInt(2, 65_534)));
  const isForAll = clusterIP === "None" && spec.selector === undefined;
  return {
    clusterIP,
    clusterIPs: [clusterIP],
    ipFamilies: spec.ipFamilies ?? (isForAll ? ["IPv4", "IPv6"] : ["IPv4"]),
    ipFamilyPolicy: spec.ipFamilyPolicy ?? (isForAll ? "RequireDualStack" : "SingleStack"),
  };
}

/** In `10.96.0.0/16`. */
const addressOf = (number: number): string => `10.96.${number >> 8}.${number & 255}`;
const addressesOf = ({ clusterIP }: JsonMap): readonly Json[] => (clusterIP && clusterIP !== "None" ? [clusterIP] : []);
const nodePortsOf = ({ ports, healthCheckNodePort }: JsonMap): readonly Json[] =>
  [...listOf(ports).map((port) => mapOf(port).nodePort), healthCheckNodePort].filter(Boolean);

function freeOf<T extends Json>(taken: readonly Json[], draw: () => T): T {
  const drawn = draw();
  return taken.includes(drawn) ? freeOf(taken, draw) : drawn;
}

function ports(spec: JsonMap, { old, others }: Place): JsonMap {
  const given = listOf(spec.ports).map(mapOf);
  const before = listOf(old.ports).map(mapOf);
  if (!opensPorts(spec)) {
    const had = nodePortsOf(old);
    const closed = given.map(({ nodePort, ...port }) => (had.includes(nodePort) ? port : { ...port, nodePort }));
    return spec.ports === undefined ? {} : { ports: closed.map(withoutNone) };
  }
  const taken = [...others.flatMap(nodePortsOf), ...nodePortsOf(spec)];
  const draw = (): number => {
    const port = freeOf(taken, () => randomInt(first, last + 1));
    taken.push(port);
    return port;
  };
  /** The port of the same name keeps its number. */
  const kept = ({ name }: JsonMap): Json => {
    const number = before.find((port) => port.name === name)?.nodePort;
    return number && !taken.includes(number) ? number : undefined;
  };
  const numbers = new Map<Json, Json>();
  const opened = given.map((port): JsonMap => {
    // On a new Service, TCP and UDP share a port.
    const nodePort = port.nodePort || kept(port) || (before.length === 0 && numbers.get(port.port)) || draw();
    numbers.set(port.port, nodePort);
    return { ...port, nodePort };
  });
  const keys = opened.map(({ protocol, nodePort }) => `{${protocol} ${nodePort}}`);
  const twice = before.length > 0 && keys.find((key, at) => keys.indexOf(key) < at);
  if (twice) throw failure(500, `duplicate nodePort: ${twice}`, { reason: undefined });
  const isLocal = isBalanced(spec) && spec.externalTrafficPolicy === "Local";
  const check = spec.healthCheckNodePort || old.healthCheckNodePort;
  return { ports: opened, ...(isLocal && { healthCheckNodePort: check || draw() }) };
}

const withoutNone = ({ nodePort, ...port }: JsonMap): JsonMap => (nodePort ? { ...port, nodePort } : port);

const [first, last] = [30_000, 32_767];
const notInRange = `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;

function problemsOf(spec: JsonMap, { old, others }: Place): readonly Problem[] {
  const failed = (why: string) => wrong([spec.clusterIP], `failed to allocate IP ${spec.clusterIP}: ${why}`);
  const isNew = addressesOf(spec).some((one) => one !== old.clusterIP);
  const [taken, open, had] = [others.flatMap(addressesOf), others.flatMap(nodePortsOf), nodePortsOf(old)];
  const isAddress = /^\d+\.\d+\.\d+\.\d+$/.test(`${spec.clusterIP}`);
  const ofAddresses: readonly Problem[] =
    !isNew || !isAddress
      ? []
      : !`${spec.clusterIP}`.startsWith("10.96.")
        ? [["spec.clusterIPs", failed("the provided network does not match the current range")]]
        : taken.includes(spec.clusterIP)
          ? [["spec.clusterIPs", failed("provided IP is already allocated")]]
          : [];
  if (!opensPorts(spec)) return ofAddresses;
  const ofPorts = listOf(spec.ports).flatMap((port, index): readonly Problem[] => {
    const { nodePort } = mapOf(port);
    const field = `spec.ports[${index}].nodePort`;
    if (Number(nodePort) < first || Number(nodePort) > last) return [[field, wrong(nodePort, notInRange)]];
    const isTaken = open.includes(nodePort) && !had.includes(nodePort);
    return isTaken ? [[field, wrong(nodePort, "provided port is already allocated")]] : [];
  });
  return [...ofAddresses, ...ofPorts];
}
