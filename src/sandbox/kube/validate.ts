/** Validates objects, with the API server's messages. To validate a field, add it to its kind in `rules/`. */
import type { Kind } from "./kinds.ts";
import { isReview } from "./kinds.ts";
import { at, type KubeObject } from "./object.ts";
import { data } from "./rules/data.ts";
import { type Fields, problemsIn } from "./rules/field.ts";
import { metadataOf, sentMetadata } from "./rules/metadata.ts";
import { pod } from "./rules/pods.ts";
import { rbac } from "./rules/rbac.ts";
import { services } from "./rules/services.ts";
import { workloads } from "./rules/workloads.ts";
import { problemsOf } from "./schema.ts";
import { invalid, notSupported, type Problem } from "./status.ts";
import { problemsOfType } from "./types/rules.ts";
import { typeOf } from "./types/types.ts";

/** Besides the metadata. */
const fieldsOf: Readonly<Record<string, Fields>> = { ...data, ...rbac, ...services, ...workloads, Pod: pod };

/** Fields that a cluster acts on and the sandbox does not support. */
const unsupportedFields: Readonly<Record<string, string>> = {
  StatefulSet: "spec.volumeClaimTemplates",
  CustomResourceDefinition: "spec.conversion.webhook",
};

/** Most kinds do not check it again. */
const unchecked: Fields = { "metadata.generateName": () => undefined };

/** What is compared: the object before the change, and what the client sent. */
interface Before {
  readonly old: KubeObject;
  readonly sent: KubeObject;
}

/** Throws 422 with all problems. */
export function validate(kind: Kind, object: KubeObject, before?: Before): void {
  const unknown = unsupportedFields[kind.kind];
  if (unknown && at(object, unknown)) throw notSupported(`${unknown} of a ${kind.kind}`);
  const { metadata, ...rest } = object;
  const common = isReview(kind) ? {} : { ...metadataOf(kind), ...(before && unchecked) };
  const found = [
    ...(before ? problemsIn(sentMetadata, before.sent, before.old) : []),
    ...problemsIn(common, object, before?.old),
    ...problemsIn(kind.custom ? {} : (fieldsOf[kind.kind] ?? {}), object, before?.old),
    ...(kind.custom ? problemsOf(rest, kind.custom.schema?.openAPIV3Schema ?? {}) : []),
  ];
  const type = typeOf(kind);
  const isNew = ([field]: Problem): boolean => !found.some(([other]) => other === field);
  const problems = [...found, ...(type ? problemsOfType(rest, type) : []).filter(isNew)];
  if (problems.length > 0) throw invalid(kind, object.metadata.name ?? "", problems);
}
