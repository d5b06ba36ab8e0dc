/**
 * Field managers. An apply removes the fields that it no longer has only if they are its manager's own, and from applies:
 * those of a create, of kubectl and of another function stay for ever unless they are handed over, as client-go does.
 * Source: https://github.com/kubernetes/client-go/blob/master/util/csaupgrade/upgrade.go
 */
import type { Stored, UntypedObject } from "../kube/object.ts";

export interface FieldSet {
  readonly [segment: string]: FieldSet;
}

interface Managed {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: FieldSet;
}

/** Functions of eks-lambda. */
const functions = /^\d{12}\//;
/** Also as CDK runs it. Controllers keep what is theirs. */
const kubectl = /^kubectl/;

const union = (one: FieldSet, other: FieldSet): FieldSet => ({
  ...one,
  ...Object.fromEntries(Object.entries(other).map(([key, inner]) => [key, union(one[key] ?? {}, inner)])),
});

export interface HandOver {
  /** The manager of the applies. */
  readonly to: string;
  /** Also what other clients manage. */
  readonly isTaken: boolean;
}

/** The JSON patch that hands the fields over, for the version that was read; `undefined` if there is nothing to do. */
export function handOver({ metadata }: Stored<UntypedObject>, { to, isTaken }: HandOver) {
  const { managedFields = [], resourceVersion } = metadata as { managedFields?: Managed[]; resourceVersion: string };
  // It was given back by another function, or this one has a new name.
  const isBack = managedFields.every(({ manager, subresource }) => manager !== to || subresource);
  const isOurs = ({ manager = "", subresource }: Managed): boolean =>
    !subresource &&
    (manager === to || ((isTaken || isBack) && functions.test(manager)) || (isTaken && kubectl.test(manager)));
  const [first, ...more] = managedFields.filter(isOurs);
  if (!first || (more.length === 0 && first.manager === to && first.operation === "Apply")) return undefined;
  const fieldsV1 = more.reduce((all, one) => union(all, one.fieldsV1 ?? {}), first.fieldsV1 ?? {});
  const value = [
    { ...first, manager: to, operation: "Apply", fieldsV1 },
    ...managedFields.filter((one) => !isOurs(one)),
  ];
  return [
    { op: "replace", path: "/metadata/managedFields", value },
    { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
  ] as const;
}

/** The fields that functions manage: this one by `manager`, and others. */
export function ownedFields({ metadata }: Stored<UntypedObject>, manager: string): FieldSet {
  const { managedFields = [] } = metadata as { managedFields?: Managed[] };
  return managedFields
    .filter((one) => !one.subresource && (one.manager === manager || functions.test(one.manager ?? "")))
    .reduce<FieldSet>((all, { fieldsV1 = {} }) => union(all, fieldsV1), {});
}
