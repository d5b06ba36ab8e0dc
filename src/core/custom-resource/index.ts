/** The custom resources that the function answers, by their types. To add one, write its file and add it here. */
import { EksLambdaError, shown } from "../errors.ts";
import type { Answer } from "./answer.ts";
import { manifest } from "./manifest.ts";
import { notCreatedId, wasNotCreated } from "./not-created.ts";
import type { CustomResourceRequest } from "./request.ts";
import type { CustomResource, CustomResourceContext } from "./resource.ts";

export type { Answer, Until } from "./answer.ts";
export { unreachable } from "./reach.ts";
export { isCustomResource } from "./request.ts";
export type { CustomResource, CustomResourceContext } from "./resource.ts";

/** CDK's other resources are in src/lambda/cdk-resources.ts. */
export const customResources = new Map<string, CustomResource>();
customResources.set("Custom::EksManifest", manifest);
customResources.set("Custom::AWSCDK-EKS-KubernetesResource", manifest);

/** `InvalidEvent` for a type that the function does not know. */
export async function customResource(request: CustomResourceRequest, context: CustomResourceContext): Promise<Answer> {
  const { RequestType, ResourceType, PhysicalResourceId } = request;
  const run = customResources.get(ResourceType);
  if (run) return run(request, context);
  if (PhysicalResourceId && wasNotCreated(request)) return { physicalId: PhysicalResourceId };
  const error = new EksLambdaError(
    "InvalidEvent",
    `the function knows no resources of type ${shown(ResourceType)}; it knows ${[...customResources.keys()].join(", ")}`,
  );
  if (RequestType !== "Create") throw error;
  return { physicalId: notCreatedId(request), error };
}
