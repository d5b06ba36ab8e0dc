/** `Custom::EksManifest`, and CDK's `Custom::AWSCDK-EKS-KubernetesResource`: objects of a manifest. */
import { shown, UsageError } from "../errors.ts";
import type { Answer } from "./answer.ts";
import { listed, mostOfManifest } from "./listed.ts";
import { notCreatedId, wasNotCreated } from "./not-created.ts";
import { createObjects, removeObjects, updateObjects } from "./objects.ts";
import { refuseOtherCluster } from "./other-cluster.ts";
import { type CustomResourceRequest, invalid, type Properties, physicalIdOf } from "./request.ts";
import type { CustomResource, CustomResourceContext } from "./resource.ts";
import { deadlineOfCreate, deadlineOfUndo, firstRetryMs, moreTime, patientFor, until } from "./time.ts";
import { ready } from "./wait.ts";

const own = ["ServiceToken", "ServiceTimeout", "Manifest", "Namespace", "Overwrite", "Wait"];

interface Given {
  readonly manifests: readonly unknown[];
  /** kubectl's, for CDK. */
  readonly namespace: string | undefined;
}

const isCdk = ({ ResourceType }: CustomResourceRequest): boolean => ResourceType !== "Custom::EksManifest";

/** Throws `InvalidEvent`. */
function givenBy(request: CustomResourceRequest, { Manifest: text, Namespace }: Properties): Given {
  const bytes = Buffer.byteLength(String(text));
  if (bytes > mostOfManifest)
    throw invalid(`the manifest has ${bytes} bytes, and may have ${mostOfManifest}: divide it among several resources`);
  const namespace = isCdk(request) ? "default" : (Namespace as string | undefined);
  try {
    const manifests = listed(JSON.parse(text as string));
    if (typeof text === "string" && manifests.length > 0) return { manifests, namespace };
  } catch {
    // Don't show it: it may have a Secret.
  }
  throw invalid(
    "`Manifest` must be a text, the JSON of an object or of a list with objects: CloudFormation would make texts of the numbers in YAML",
    "write it as `Manifest: !Sub '[{\"apiVersion\": …}]'`, or with Fn::ToJsonString",
  );
}

interface Options {
  readonly overwrite: boolean;
  /** Seconds. */
  readonly wait: number;
}

/** Throws `InvalidEvent` for a property that would have no effect. */
function optionsOf(request: CustomResourceRequest, context: CustomResourceContext): Options {
  const { Overwrite = "false", Wait = "0", ...others } = request.ResourceProperties;
  const unknown = Object.keys(others).find((name) => !isCdk(request) && !own.includes(name));
  if (unknown !== undefined)
    throw invalid(`unknown property ${shown(unknown)}; the properties are ${own.slice(2).join(", ")}`);
  const overwrite = `${Overwrite}`.toLowerCase();
  if (!["true", "false"].includes(overwrite))
    throw invalid(`\`Overwrite\` is ${shown(Overwrite)}; it must be true or false`);
  const wait = Number(Wait);
  if (!(Number.isInteger(wait) && wait >= 0))
    throw invalid(`\`Wait\` is ${shown(Wait)}; it must be a number of seconds`);
  // As if it were not late: a repeated Create would be refused before it finds what it has made.
  const left = Math.floor((context.remainingMs() + context.lostMs) / 1_000);
  if (wait > left)
    throw invalid(`\`Wait\` is ${wait} seconds, and the function and \`ServiceTimeout\` leave ${left}`, moreTime);
  return { overwrite: overwrite === "true", wait };
}

export const manifest: CustomResource = async (request, context) => {
  const { StackId, LogicalResourceId, PhysicalResourceId, RequestType, RequestId, ResourceProperties } = request;
  const physicalId = PhysicalResourceId || physicalIdOf(request);
  const owner = `${StackId}/${LogicalResourceId}`;
  if (RequestType === "Create") return create(request, context, { owner, request: RequestId });
  if (wasNotCreated(request)) return { physicalId };
  refuseOtherCluster(ResourceProperties, context);
  const within = { ...context, kube: until(context.signal, context.kube) };
  if (RequestType === "Delete") {
    try {
      await removeObjects({ ...givenBy(request, ResourceProperties), owner }, within);
    } catch (error) {
      // No Create accepts such a manifest: nothing of it is there.
      if (!(error instanceof UsageError)) throw error;
    }
    return { physicalId };
  }
  const { overwrite, wait } = optionsOf(request, context);
  const isPruned = !isCdk(request) || ResourceProperties.PruneLabel !== undefined;
  const wanted = { ...givenBy(request, ResourceProperties), owner, overwrite };
  await updateObjects(wanted, {
    ...within,
    old: isPruned ? givenBefore(request) : none,
    afterwards: ready(wait, within),
  });
  return { physicalId };
};

const none: Given = { manifests: [], namespace: undefined };

/** Nothing for what no update accepts: a rollback has it as the old manifest. */
function givenBefore(request: CustomResourceRequest): Given {
  try {
    return givenBy(request, request.OldResourceProperties ?? {});
  } catch (error) {
    if (error instanceof UsageError) return none;
    throw error;
  }
}

interface Creating {
  readonly owner: string;
  readonly request: string;
}

async function create(
  request: CustomResourceRequest,
  context: CustomResourceContext,
  creating: Creating,
): Promise<Answer> {
  const physicalId = physicalIdOf(request);
  const failed = { physicalId: notCreatedId(request) };
  try {
    refuseOtherCluster(request.ResourceProperties, context);
    const { overwrite, wait } = optionsOf(request, context);
    const wanted = { ...givenBy(request, request.ResourceProperties), ...creating, overwrite };
    const leftMs = context.remainingMs();
    const last = deadlineOfUndo(leftMs);
    const undoing = until(last.signal, context.kube);
    const end = deadlineOfCreate(leftMs);
    const kube = patientFor(leftMs, until(end.signal, context.kube));
    const within = { ...context, kube };
    const isFirst = context.lateMs < firstRetryMs;
    const outcome = await createObjects(wanted, { ...within, undoing, isFirst, afterwards: ready(wait, within) });
    end.stop();
    last.stop();
    if (!outcome) return { physicalId };
    return { ...(outcome.isUndone ? failed : { physicalId }), error: outcome.error };
  } catch (error) {
    return { ...failed, error };
  }
}
