/** Validates objects, with the API server's messages. To validate a field, add it to its kind in `rules/`. */
import { problemsOfCustom } from "./custom/problems.ts";
import { isReview, type Kind, type Subresource } from "./kinds.ts";
import { at, type KubeObject } from "./object.ts";
import { data } from "./rules/data.ts";
import { definition } from "./rules/definitions.ts";
import { type Fields, problemsIn } from "./rules/field.ts";
import { metadataOf, sentMetadata } from "./rules/metadata.ts";
import { node } from "./rules/nodes.ts";
import { pod } from "./rules/pods.ts";
import { rbac } from "./rules/rbac.ts";
import { services } from "./rules/services.ts";
import { statuses } from "./rules/statuses.ts";
import { sentStorageClass, storage } from "./rules/storage.ts";
import { withClaims, workloads } from "./rules/workloads.ts";
import { invalid, notSupported, type Problem } from "./status.ts";
import { problemsOfType } from "./types/rules.ts";
import { typeOf } from "./types/types.ts";

/** Besides the metadata. */
const fieldsOf: Readonly<Record<string, Fields>> = {
  ...data,
  ...rbac,
  ...services,
  ...storage,
  ...workloads,
  CustomResourceDefinition: definition,
  Node: node,
  Pod: pod,
};

/** Rules for an object as it was sent: the stored one has no empty values. */
const sentFieldsOf: Readonly<Record<string, Fields>> = { StorageClass: sentStorageClass };

/** Fields that a cluster acts on and the sandbox does not support. */
const unsupportedFields: Readonly<Record<string, string>> = { CustomResourceDefinition: "spec.conversion.webhook" };

/** What is compared: the object before the change, and what the client sent. */
interface Before {
  readonly old: KubeObject;
  readonly sent: KubeObject;
  readonly subresource?: Subresource | undefined;
  /** What is known already. */
  readonly found: readonly Problem[];
}

/** Throws 422 with all problems. */
export function validate(kind: Kind, object: KubeObject, before?: Before): void {
  const unknown = unsupportedFields[kind.kind];
  if (unknown && at(object, unknown)) throw notSupported(`${unknown} of a ${kind.kind}`);
  const seen = kind.kind === "StatefulSet" ? withClaims(object) : object;
  const { metadata, ...rest } = seen;
  const common = isReview(kind) ? {} : metadataOf(kind);
  const isOfStatus = before?.subresource === "status";
  const found = [
    ...(before?.found ?? []),
    ...(before ? problemsIn({ ...sentMetadata, ...sentFieldsOf[kind.kind] }, before.sent, before.old) : []),
    ...problemsIn(common, object, before?.old),
    ...problemsIn(kind.custom ? {} : { ...fieldsOf[kind.kind], ...statuses[kind.kind] }, seen, before?.old),
    ...(kind.custom ? problemsOfCustom(kind, kind.custom, { object, old: before?.old, isOfStatus }) : []),
  ];
  const type = typeOf(kind);
  const isNew = ([field]: Problem): boolean => !found.some(([other]) => other === field);
  const problems = [...found, ...(type ? problemsOfType(rest, type) : []).filter(isNew)];
  if (problems.length > 0) throw invalid(kind, object.metadata.name ?? "", problems);
}
