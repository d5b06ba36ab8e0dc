/**
 * Restarts the Deployments that use a secret, after AWS Secrets Manager has rotated it. Each Deployment
 * names its secret in the annotation `example.com/secret`, for example `shop/db`.
 *
 * The event is `RotationSucceeded` of EventBridge. Source:
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/monitoring-eventbridge.html
 */
import { defineFunction, resource, rolledOut } from "eks-lambda/lambda";
import type { Deployment } from "kubernetes-types/apps/v1.js";
import * as v from "valibot";

const secretArn = /^arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:(.+)-[A-Za-z0-9]{6}$/;

const rotation = v.object({
  id: v.string(),
  detail: v.object({
    eventName: v.literal("RotationSucceeded"),
    additionalEventData: v.object({ SecretId: v.pipe(v.string(), v.regex(secretArn)) }),
  }),
});

export const handler = defineFunction({
  needs: { deployments: resource<Deployment>("apps/v1", "deployments").may("list", "watch", "patch") },
  event: rotation,
  async run({ deployments }, { event: { id, detail }, signal }) {
    const [, secret] = secretArn.exec(detail.additionalEventData.SecretId) ?? [];
    const restarted: string[] = [];
    for await (const { metadata } of deployments.list()) {
      if (metadata.annotations?.["example.com/secret"] !== secret) continue;
      // Uses the id of the event, not the time, so that a retry of the same event changes nothing.
      const annotations = { "example.com/rotation": id };
      await deployments.patch({ name: metadata.name }, { spec: { template: { metadata: { annotations } } } });
      restarted.push(metadata.name);
    }
    for (const name of restarted) await deployments.until({ name }, rolledOut, { signal });
    return { secret, restarted };
  },
});
