/** CDK's custom resources. The function carries this where `apply`, `delete` and `get` are all allowed. */
import { helmChart } from "../core/custom-resource/helm-chart.ts";
import { type CustomResource, customResources } from "../core/custom-resource/index.ts";
import { manifest } from "../core/custom-resource/manifest.ts";
import { objectValue } from "../core/custom-resource/object-value.ts";
import { patch } from "../core/custom-resource/patch.ts";
import { EksLambdaError } from "../core/errors.ts";

/** What `eks-lambda/cdk` writes before the list of what is allowed: by the code of an error, what to do instead of `setup`. */
declare const HINTS: Readonly<Record<string, string>> | undefined;

function hinted(error: unknown): unknown {
  if (typeof HINTS === "undefined" || !(error instanceof EksLambdaError) || !error.hint?.includes("eks-lambda "))
    return error;
  const { code, message } = error;
  return new EksLambdaError(code, message, { hint: HINTS[code] ?? error.hint });
}

const withHints =
  (resource: CustomResource): CustomResource =>
  async (request, context) => {
    try {
      const answer = await resource(request, context);
      return { ...answer, error: hinted(answer.error) };
    } catch (error) {
      throw hinted(error);
    }
  };

/** KubernetesResource is what `Custom::EksManifest` is. */
export function addCdkResources(): void {
  customResources.set("Custom::AWSCDK-EKS-KubernetesResource", withHints(manifest));
  customResources.set("Custom::AWSCDK-EKS-KubernetesPatch", withHints(patch));
  customResources.set("Custom::AWSCDK-EKS-KubernetesObjectValue", withHints(objectValue));
  customResources.set("Custom::AWSCDK-EKS-HelmChart", helmChart);
}
