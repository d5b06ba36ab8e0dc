/** The custom resources that the function answers, by their types. To add one, write its file and add it here. */
import { EksLambdaError, shown } from "../errors.ts";
import type { Answer } from "./answer.ts";
import { manifest } from "./manifest.ts";
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

/** Throws `InvalidEvent` for a type that the function does not know. */
export function customResource(request: CustomResourceRequest, context: CustomResourceContext): Promise<Answer> {
  const run = customResources.get(request.ResourceType);
  if (run) return run(request, context);
  throw new EksLambdaError(
    "InvalidEvent",
    `the function knows no resources of type ${shown(request.ResourceType)}; it knows ${[...customResources.keys()].join(", ")}`,
  );
}
