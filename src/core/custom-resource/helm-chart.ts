/** CDK's HelmChart, which the function does not run. */
import { EksLambdaError } from "../errors.ts";
import { notCreatedId } from "./not-created.ts";
import type { CustomResource } from "./resource.ts";

export const helmChart: CustomResource = async (request) => {
  const physicalId = request.PhysicalResourceId || notCreatedId(request);
  if (request.RequestType === "Delete") return { physicalId };
  const error = new EksLambdaError("InvalidEvent", "the function runs no Helm, so it cannot install a chart", {
    hint: "add what `helm template` shows as manifests, or leave the chart to CDK's own KubectlProvider",
  });
  return { physicalId, error };
};
