/** CDK's custom resources. The function carries this where `apply`, `delete` and `get` are all allowed. */
import { helmChart } from "../core/custom-resource/helm-chart.ts";
import { customResources } from "../core/custom-resource/index.ts";
import { objectValue } from "../core/custom-resource/object-value.ts";
import { patch } from "../core/custom-resource/patch.ts";

/** KubernetesResource is what `Custom::EksManifest` is. */
export function addCdkResources(): void {
  customResources.set("Custom::AWSCDK-EKS-KubernetesPatch", patch);
  customResources.set("Custom::AWSCDK-EKS-KubernetesObjectValue", objectValue);
  customResources.set("Custom::AWSCDK-EKS-HelmChart", helmChart);
}
