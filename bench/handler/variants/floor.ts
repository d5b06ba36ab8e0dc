/** One POST: the minimum for a handler in Node.js. */
import { deployment } from "./deployment.ts";
import { send } from "./send.ts";

export function handler(_event: unknown, { awsRequestId }: { awsRequestId: string }): Promise<unknown> {
  return send("POST", "/apis/apps/v1/namespaces/default/deployments", deployment(`nginx-${awsRequestId}`));
}
