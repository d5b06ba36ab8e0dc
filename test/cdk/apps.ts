/** Apps as people write them, and what CDK makes of them. */
import { App, Stack, type StackProps } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { Cluster, type ICluster } from "aws-cdk-lib/aws-eks-v2";
import type { Construct } from "constructs";
import { EksLambda, type EksLambdaProps } from "eks-lambda/cdk";

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
}

export interface Synthesised {
  readonly template: { readonly Resources: Readonly<Record<string, Resource>> };
  readonly resources: Readonly<Record<string, Resource>>;
  /** By their types: `Custom::AWSCDK-EKS-KubernetesResource`. */
  of(type: string): readonly (Resource & { readonly id: string })[];
  readonly errors: readonly string[];
  readonly infos: readonly string[];
}

const env = { account: "111122223333", region: "us-east-1" };

/** Synthesises one stack. */
export function synthesised(
  build: (stack: Stack) => void,
  props: StackProps = { env, analyticsReporting: false },
  scope: Construct = new App(),
): Synthesised {
  const stack = new Stack(scope, "Shop", props);
  build(stack);
  const template = Template.fromStack(stack).toJSON() as Synthesised["template"];
  const { Resources: resources } = template;
  const found = Annotations.fromStack(stack);
  const textsOf = (all: readonly { readonly id: string; readonly entry: { readonly data?: unknown } }[]) =>
    all.map(({ id, entry }) => `${id}: ${String(entry.data)}`);
  return {
    template,
    resources,
    of: (type) => Object.entries(resources).flatMap(([id, one]) => (one.Type === type ? { id, ...one } : [])),
    errors: textsOf(found.findError("*", Match.anyValue())),
    infos: textsOf(found.findInfo("*", Match.anyValue())),
  };
}

/** An imported cluster. */
export const imported = (stack: Stack, attributes: object = {}): ICluster =>
  Cluster.fromClusterAttributes(stack, "Imported", {
    clusterName: "demo",
    clusterEndpoint: "https://example.com",
    clusterCertificateAuthorityData: "Y2E=",
    ...attributes,
  });

export const lambdaFor = (stack: Stack, props: Partial<EksLambdaProps> = {}): EksLambda =>
  new EksLambda(stack, "Kube", { cluster: props.cluster ?? imported(stack), namespaces: ["shop"], ...props });

export const configMap = (name: string, data: object = {}, namespace = "shop") => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace },
  data,
});

const labels = { app: "web" };
export const deployment = (replicas: number) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop" },
  spec: {
    replicas,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "nginx:1.27" }] } },
  },
});
export const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "shop" },
  spec: { selector: labels, ports: [{ port: 80 }] },
};
