/** Garbage collection: deletes dependents of deleted objects, and the contents of deleted namespaces. Source: pkg/controller/garbagecollector */

import { kindsOf, versionsOf } from "../crd.ts";
import { type Kind, kinds, seenAs } from "../kinds.ts";
import { type KubeObject, type Owner, ownersOf as ownersIn } from "../object.ts";
import type { Change } from "../store.ts";
import { end, foreground, orphan } from "../write/delete.ts";
import type { Control } from "./control.ts";

interface Owned {
  readonly kind: Kind;
  readonly object: KubeObject;
}

/** All objects of every kind. */
const everything = ({ store }: Control): readonly Owned[] =>
  kindsOf(store).flatMap((kind) => store.list(kind).map((object) => ({ kind, object })));

const ownersOf = ({ object }: Owned): readonly Owner[] => ownersIn(object);
const dependentsOf = (control: Control, uid: string | undefined): readonly Owned[] =>
  everything(control).filter((one) => ownersOf(one).some((owner) => owner.uid === uid));

export function collect(control: Control, { type, kind, object }: Change): void {
  const { store } = control;
  const { metadata } = object;
  const current = store.get(kind, metadata.namespace, metadata.name);
  const isGone = type === "DELETED";
  if (isGone) for (const one of dependentsOf(control, metadata.uid)) release(control, one);
  else if (current && ownersOf({ kind, object: current }).length > 0) release(control, { kind, object: current });
  if (current?.metadata.deletionTimestamp) finalize(control, { kind, object: current });
  for (const owner of isGone ? ownersIn(object) : []) {
    const found = ownerIn(control, owner, object);
    if (found?.object.metadata.deletionTimestamp) finalize(control, found);
  }
  const definition = isGone && seenAs(kinds.definitions, { kind, object });
  if (definition)
    for (const custom of versionsOf(definition)) for (const one of store.list(custom)) store.remove(custom, one);
  if (isGone && metadata.namespace) endNamespace(control, metadata.namespace);
}

function ownerIn(
  { store }: Control,
  { apiVersion, kind, name, uid }: Owner,
  { metadata }: KubeObject,
): Owned | undefined {
  const of = kindsOf(store).find((one) => one.apiVersion === apiVersion && one.kind === kind);
  const object = of && store.get(of, of.namespaced ? metadata.namespace : undefined, name);
  return of && object?.metadata.uid === uid ? { kind: of, object } : undefined;
}

/** Deletes an object whose owners are all gone. */
function release(control: Control, { kind, object }: Owned): void {
  const { store } = control;
  const owners = ownersIn(object);
  const left = owners.filter((owner) => ownerIn(control, owner, object));
  if (left.length === owners.length) return;
  if (left.length === 0) end({ store, kind }, object, { propagationPolicy: "Background" });
  else store.put(kind, { ...object, metadata: { ...object.metadata, ownerReferences: left } });
}

/** Does the work of the garbage collector's finalizers, and removes them. */
function finalize(control: Control, { kind, object }: Owned): void {
  const { store } = control;
  const { finalizers = [], uid, name, namespace } = object.metadata;
  if (kind.id === "namespaces") endNamespace(control, name);
  const own = finalizers.find((one) => one === foreground || one === orphan);
  if (!own) return;
  for (const one of dependentsOf(control, uid)) {
    const { metadata } = one.object;
    const ownerReferences = ownersOf(one).filter((owner) => owner.uid !== uid);
    const { ownerReferences: _, ...rest } = metadata;
    const freed = ownerReferences.length > 0 ? { ...rest, ownerReferences } : rest;
    if (own === orphan) store.put(one.kind, { ...one.object, metadata: freed });
    else if (!metadata.deletionTimestamp)
      end({ store, kind: one.kind }, one.object, { propagationPolicy: "Foreground" });
  }
  const blocks = (one: Owned) => ownersOf(one).some((owner) => owner.uid === uid && owner.blockOwnerDeletion);
  if (own === foreground && dependentsOf(control, uid).some(blocks)) return;
  const current = store.get(kind, namespace, name) ?? object;
  const left = finalizers.filter((one) => one !== own);
  const { finalizers: _, ...metadata } = current.metadata;
  if (left.length === 0) store.remove(kind, current);
  else store.put(kind, { ...current, metadata: { ...metadata, finalizers: left } });
}

/** Deletes the contents of a terminating namespace, then the namespace. */
function endNamespace(control: Control, name: string): void {
  const { store } = control;
  const namespace = store.get(kinds.namespaces, undefined, name);
  if (!namespace?.metadata.deletionTimestamp) return;
  const inside = () => kindsOf(store).flatMap((kind) => store.list(kind, name).map((object) => ({ kind, object })));
  for (const { kind, object } of inside()) if (!object.metadata.deletionTimestamp) end({ store, kind }, object, {});
  if (inside().length > 0) return;
  const { spec: _, ...emptied } = namespace;
  if (!namespace.metadata.finalizers?.length) store.remove(kinds.namespaces, namespace);
  else if (namespace.spec) store.put(kinds.namespaces, emptied);
}
