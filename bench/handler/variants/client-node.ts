/** The official client, used as in https://github.com/kubernetes-client/javascript. */
import { AppsV1Api } from "@kubernetes/client-node";
import { kubeConfig } from "../../support/smithy-token.ts";
import { deployment } from "./deployment.ts";

export async function handler(_event: unknown, { awsRequestId }: { awsRequestId: string }): Promise<unknown> {
  const apps = (await kubeConfig()).makeApiClient(AppsV1Api);
  return apps.createNamespacedDeployment({ namespace: "default", body: deployment(`nginx-${awsRequestId}`) });
}
