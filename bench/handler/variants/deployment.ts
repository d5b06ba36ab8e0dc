/** The Deployment that every variant creates. */
export function deployment(name: string) {
  const matchLabels = { app: "demo", "app.kubernetes.io/instance": name };
  const labels = { ...matchLabels, "app.kubernetes.io/managed-by": "eks-lambda" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default", labels },
    spec: {
      replicas: 2,
      selector: { matchLabels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            { name: "web", image: "nginx:1.12", ports: [{ name: "http", protocol: "TCP", containerPort: 80 }] },
          ],
        },
      },
    },
  };
}
