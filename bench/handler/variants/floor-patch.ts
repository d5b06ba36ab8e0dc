/** One PATCH: the minimum for a restart. */
import { send } from "./send.ts";

const path = "/apis/apps/v1/namespaces/default/deployments/web";

export function handler(_event: unknown, { awsRequestId }: { awsRequestId: string }): Promise<unknown> {
  const annotations = { "eks-lambda/restarted-by": awsRequestId };
  return send("PATCH", path, { spec: { template: { metadata: { annotations } } } });
}
