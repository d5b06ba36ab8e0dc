/**
 * A custom resource of CloudFormation: a namespace for a tenant, with a quota. It belongs to the stack that made it: another
 * stack can neither change nor delete it.
 */
import { customResource, type Handles, type ResourceRequest, resourceWith } from "eks-lambda/lambda";
import { apply, delete as drop, getIfFound } from "eks-lambda/lambda/methods";
import type { Namespace, ResourceQuota } from "kubernetes-types/core/v1.js";
import * as v from "valibot";

/** Only these methods: the code fits into a template as it is. */
const resource = resourceWith({ apply, delete: drop, getIfFound });

const needs = {
  namespaces: resource<Namespace>("v1", "namespaces").clusterScoped().may("get", "create", "patch", "delete"),
  quotas: resource<ResourceQuota>("v1", "resourcequotas").inAllNamespaces().may("create", "patch"),
};

const tenant = v.object({
  tenant: v.pipe(v.string(), v.regex(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/)),
  // CloudFormation makes a text of each number.
  pods: v.optional(v.pipe(v.string(), v.transform(Number), v.integer(), v.minValue(0)), "20"),
});

type Request = ResourceRequest<v.InferOutput<typeof tenant>>;

const ownerKey = "example.com/owner";

/** The namespace of the tenant, whether it is there, and whether this resource made it. */
async function find({ namespaces }: Pick<Handles<typeof needs>, "namespaces">, request: Request) {
  const { properties, stackId, logicalId } = request;
  const [name, owner] = [`tenant-${properties.tenant}`, `${stackId}/${logicalId}`];
  const found = await namespaces.getIfFound({ name });
  return { name, owner, found, isOwn: found?.metadata.annotations?.[ownerKey] === owner };
}

/** It may run again: Lambda repeats events. */
async function put(handles: Handles<typeof needs>, request: Request) {
  const { name, owner, found, isOwn } = await find(handles, request);
  if (found && !isOwn) throw new Error(`the namespace ${name} is not of this stack`);
  if (found?.metadata.deletionTimestamp)
    throw new Error(`the namespace ${name} is being deleted: try again when it is gone`);
  await handles.namespaces.apply({ kind: "Namespace", metadata: { name, annotations: { [ownerKey]: owner } } });
  const metadata = { name: "tenant", namespace: name };
  await handles.quotas.apply({
    kind: "ResourceQuota",
    metadata,
    spec: { hard: { pods: `${request.properties.pods}` } },
  });
  // For another tenant, CloudFormation calls `remove` with the properties before, when the update has succeeded.
  return { physicalId: name, data: { Namespace: name } };
}

export const handler = customResource({
  needs,
  properties: tenant,
  create: put,
  update: put,
  async remove({ namespaces }, request) {
    const { name, found, isOwn } = await find({ namespaces }, request);
    if (!found || !isOwn) return;
    const { uid } = found.metadata;
    await namespaces.delete({ name }, { preconditions: { uid } });
  },
});
