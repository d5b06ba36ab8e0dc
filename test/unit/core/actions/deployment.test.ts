import type { V1Deployment } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { deployment } from "../../../../src/core/actions/deployment.ts";

test("is the walkthrough's, with a unique label in the selector so that two never share Pods", () => {
  const made: V1Deployment = deployment({
    name: "nginx-1",
    namespace: "default",
    replicas: 2,
    image: "nginx:1.12",
  }) as V1Deployment;
  expect(made).toEqual({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "nginx-1",
      namespace: "default",
      labels: { app: "demo", "app.kubernetes.io/instance": "nginx-1", "app.kubernetes.io/managed-by": "eks-lambda" },
    },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "demo", "app.kubernetes.io/instance": "nginx-1" } },
      template: {
        metadata: {
          labels: {
            app: "demo",
            "app.kubernetes.io/instance": "nginx-1",
            "app.kubernetes.io/managed-by": "eks-lambda",
          },
        },
        spec: {
          containers: [
            { name: "web", image: "nginx:1.12", ports: [{ name: "http", protocol: "TCP", containerPort: 80 }] },
          ],
        },
      },
    },
  });
});

test("carries its owner's marks; its Pods do not", () => {
  const options = { name: "web", namespace: "default", replicas: 1, image: "nginx:1.12" };
  const plain = deployment(options);
  const owned = deployment({ ...options, owner: "111122223333/us-east-1/eks-lambda-demo" });
  expect(owned).toEqual({
    ...plain,
    metadata: {
      ...plain.metadata,
      labels: { ...plain.metadata.labels, "eks-lambda/owner": "4bf5f8e1b8ee77ef6916788a2d63f9d3" },
      annotations: { "eks-lambda/owner": "111122223333/us-east-1/eks-lambda-demo" },
    },
  });
});
