/**
 * Managers of the number of replicas, as a change of a scale leaves them.
 * Source: k8s.io/apimachinery/pkg/util/managedfields/scalehandler.go
 */
import { at, type Fields, type KubeObject, type Managed, type Manager } from "../object.ts";
import { isNone, minus } from "./fields.ts";
import { distinct, entriesOf, withEntries } from "./managers.ts";

interface Scaling {
  readonly old: KubeObject;
  readonly by: Manager;
  /** The path to the number of replicas: `spec.replicas`. */
  readonly path: string;
}

/** Gives the writer of a scale the number of replicas. It stays without a manager if nobody managed it. */
export function scaled(next: KubeObject, { old, by, path }: Scaling): KubeObject {
  const replicas = fieldsAt(path);
  const before = distinct(entriesOf(old));
  const owners = before.filter((entry) => isNone(minus(replicas, entry.fieldsV1)));
  if (owners.length === 0) return withEntries(next, before);
  const count = at(next, path);
  const isSame = count === at(old, path);
  const isKept = ({ operation }: Managed) => isSame && operation === "Apply";
  const left = before.map((entry) =>
    owners.includes(entry) && !isKept(entry) ? { ...entry, fieldsV1: minus(entry.fieldsV1, replicas) } : entry,
  );
  const writer: Managed = { ...by, fieldsType: "FieldsV1", fieldsV1: replicas };
  // A scale of 0 has no number, which then has no manager.
  const now = isSame ? owners.filter((entry) => !isKept(entry)) : count ? [writer] : [];
  const own = now.map(({ time: _, ...entry }) => ({ ...entry, apiVersion: by.apiVersion, fieldsV1: replicas }));
  return withEntries(next, [...left, ...own]);
}

const fieldsAt = (path: string): Fields =>
  path.split(".").reduceRight<Fields>((inner, key) => ({ [`f:${key}`]: inner }), {});
