/** CDK's KubernetesPatch: patches an object that others own, and restores it by another patch when it is deleted. */
import { type ActionContext, scopeOf } from "../actions/action.ts";
import { onConflict } from "../actions/conflict.ts";
import { isMap } from "../actions/fields.ts";
import { imagesIn, refuseOtherImages } from "../actions/images.ts";
import { reservedIn } from "../actions/manifests.ts";
import { find } from "../actions/place.ts";
import { managerOf } from "../actions/prune.ts";
import { hasCode, shown, usageError } from "../errors.ts";
import { KubernetesError } from "../kube/errors.ts";
import { patch as patchMethod } from "../kube/methods.ts";
import type { Stored, UntypedObject } from "../kube/object.ts";
import { handlesOf } from "../kube/resource.ts";
import type { Answer } from "./answer.ts";
import { resourceCalled } from "./kind-called.ts";
import { notCreatedId, wasNotCreated } from "./not-created.ts";
import { refuseOtherCluster } from "./other-cluster.ts";
import { type Properties, physicalIdOf } from "./request.ts";
import type { CustomResource } from "./resource.ts";
import { firstRetryMs, patientFor, until } from "./time.ts";

const methods = { patch: patchMethod };

/** What can be done with the object that a resource names. */
interface Patched {
  /** `begin` is called before the first write. */
  patch(text: unknown, begin?: () => void): Promise<void>;
  /** No object, no kind or no namespace: there is nothing to restore. */
  restore(): Promise<void>;
}

export const patch: CustomResource = async (request, context): Promise<Answer> => {
  const { RequestType, ResourceProperties: wanted, OldResourceProperties: old, PhysicalResourceId } = request;
  const physicalId = PhysicalResourceId || physicalIdOf(request);
  if (wasNotCreated(request)) return { physicalId };
  const kube = until(context.signal, context.kube);
  const within = { ...context, kube };
  if (RequestType === "Delete") {
    refuseOtherCluster(wanted, context);
    await (await patchedBy(wanted, within)).restore();
    return { physicalId };
  }
  let hasBegun = false;
  const begin = () => {
    hasBegun = true;
  };
  try {
    refuseOtherCluster(wanted, context);
    const creating = { ...context, kube: patientFor(context.remainingMs(), kube) };
    await (await patchedBy(wanted, RequestType === "Create" ? creating : within)).patch(wanted.ApplyPatchJson, begin);
  } catch (error) {
    // A refused request changed nothing. After a lost connection or a 500, that is unknown.
    const isRefused = (error instanceof KubernetesError && error.status < 500) || isNeverMade(error);
    const isUnchanged = isRefused || (!hasBegun && context.lateMs < firstRetryMs);
    return { physicalId: RequestType === "Create" && isUnchanged ? notCreatedId(request) : physicalId, error };
  }
  // The id stays, so that CloudFormation sends no Delete for the object that was patched before.
  if (old && titleOf(old) !== titleOf(wanted))
    await patchedBy(old, within)
      .then((one) => one.restore())
      .catch((error: unknown) => {
        // In a rollback, the old properties are those of the update that was refused.
        if (!isNeverMade(error)) throw error;
      });
  return { physicalId };
};

/** The function refuses it before any write, each time. */
const isNeverMade = (error: unknown): boolean => hasCode(error, "InvalidEvent", "NotAllowed", "ImageNotAllowed");

/** Where a resource patches: `deployment/coredns` in `kube-system`. */
const titleOf = ({ ResourceName, ResourceNamespace }: Properties): string => shown([ResourceName, ResourceNamespace]);

async function patchedBy(properties: Properties, context: ActionContext): Promise<Patched> {
  const { ResourceName, ResourceNamespace, RestorePatchJson, PatchType: type = "strategic" } = properties;
  const [, word, name] = /^([^/]+)\/([^/]+)$/.exec(String(ResourceName)) ?? [];
  if (word === undefined || name === undefined)
    throw invalid("ResourceName", ResourceName, "KIND/NAME, such as `deployment/coredns`");
  if (type !== "strategic" && type !== "merge" && type !== "json")
    throw invalid("PatchType", type, "strategic, merge or json");
  const resource = await resourceCalled(word, "apply", context);
  const asked = { action: "apply", resource, name, namespace: ResourceNamespace as string | undefined };
  const { allowed, namespace } = find(context.allowed, asked, context.namespace);
  const { objects } = handlesOf(
    {
      objects: scopeOf(methods, allowed, namespace ?? "*")
        .on()
        .may("patch"),
    },
    context.kube,
  );
  const send = (body: unknown, options: object = {}) =>
    objects.patch({ name }, body as never, { fieldManager: managerOf(context), ...options }) as Promise<
      Stored<UntypedObject>
    >;

  /** What the patch would change is checked first. Another change in between is a `Conflict`. */
  const patch = (text: unknown, begin?: () => void) =>
    onConflict(async () => {
      const body = patchIn(text, type);
      const before = await send({}, { dryRun: true, type: "merge" });
      const after = await send(body, { dryRun: true, type });
      refuseReservedChange(before, after);
      const known = imagesIn(before);
      refuseOtherImages(
        allowed,
        imagesIn(after).filter((image) => !known.includes(image)),
      );
      begin?.();
      await send(underVersion(body, before.metadata.resourceVersion), { type });
    });
  return {
    patch,
    async restore() {
      await patch(RestorePatchJson).catch((error: unknown) => {
        if (!hasCode(error, "NotFound", "ResourceNotServed")) throw error;
      });
    },
  };
}

const invalid = (property: string, value: unknown, must: string) =>
  usageError("InvalidEvent", `\`${property}\` is ${shown(value)}; it must be ${must}`);

/** Throws `InvalidEvent`, without the text, which may have a secret. */
function patchIn(text: unknown, type: string): object {
  try {
    const patch: unknown = JSON.parse(String(text));
    if (type === "json" ? Array.isArray(patch) : isMap(patch)) return patch as object;
  } catch {
    // It is not JSON.
  }
  throw usageError("InvalidEvent", `a ${type} patch must be a JSON ${type === "json" ? "list" : "object"}`);
}

/** The patch, which the server refuses with `Conflict` if the object has changed since. */
function underVersion(patch: object, resourceVersion: string): unknown {
  if (Array.isArray(patch))
    return [...patch, { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion }];
  const { metadata } = patch as { readonly metadata?: object };
  return { ...patch, metadata: { ...metadata, resourceVersion } };
}

/** As for `apply`: the garbage collector, `setup` and the function go by this metadata. */
function refuseReservedChange(before: UntypedObject, after: UntypedObject): void {
  const was = reservedIn(before.metadata).map((one) => JSON.stringify(one));
  const is = reservedIn(after.metadata).map((one) => JSON.stringify(one));
  const changed = [...is.filter((one) => !was.includes(one)), ...was.filter((one) => !is.includes(one))][0];
  if (changed !== undefined)
    throw usageError(
      "InvalidEvent",
      `the patch changes ${shown(JSON.parse(changed)[0])} in the metadata, which an event must not set`,
    );
}
