/** Waits for the Deployments of the default namespace, and prints them. For the demo, where kubectl is not installed. */
import { connect, resource, rolledOut } from "eks-lambda/lambda";

const deployments = resource("apps/v1", "deployments").on(connect());
for await (const { metadata } of deployments.list()) {
  const { status, spec } = await deployments.until({ name: metadata.name }, rolledOut);
  process.stdout.write(`Deployment ${metadata.name}: ${status.readyReplicas} of ${spec.replicas} replicas ready\n`);
}
