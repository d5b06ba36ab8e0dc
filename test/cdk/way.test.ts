/** In a VPC, objects depend on what their function needs to get to the cluster. That never makes a cycle. */
import { App, Aspects, CfnOutput, NestedStack, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import {
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  Port,
  SecurityGroup,
  Vpc,
} from "aws-cdk-lib/aws-ec2";
import { KubernetesManifest } from "aws-cdk-lib/aws-eks-v2";
import type { Construct } from "constructs";
import type { EksLambda, EksLambdaProps } from "eks-lambda/cdk";
import { describe, expect, test } from "vitest";
import { configMap, imported, lambdaFor, type Resource, service } from "./apps.ts";

const here = "us-east-1";
const stackIn = (scope: Construct, id: string, region: string = here) =>
  new Stack(scope, id, { env: { account: "111122223333", region } });

const vpcIn = (stack: Stack): IVpc =>
  (stack.node.tryFindChild("Vpc") as IVpc | undefined) ??
  Vpc.fromVpcAttributes(stack, "Vpc", {
    ...{ vpcId: "vpc-0123456789abcdef0", vpcCidrBlock: "10.0.0.0/16" },
    ...{ availabilityZones: ["us-east-1a"], privateSubnetIds: ["subnet-0123456789abcdef0"] },
  });

const endpointIn = (stack: Stack, id = "Endpoint", vpc: IVpc = vpcIn(stack)) =>
  new InterfaceVpcEndpoint(stack, id, { vpc, service: InterfaceVpcEndpointAwsService.S3, open: false });

/** Its cluster has the security group `sg-0123456789abcdef0`. */
const kubeIn = (stack: Stack, props: Partial<EksLambdaProps> = {}): EksLambda =>
  lambdaFor(stack, {
    cluster: imported(stack, { clusterSecurityGroupId: "sg-0123456789abcdef0" }),
    vpc: vpcIn(stack),
    ...props,
  });

const manifest = "Custom::AWSCDK-EKS-KubernetesResource";
const nested = "AWS::CloudFormation::Stack";

interface Dependent {
  readonly id: string;
  /** Types and logical ids. */
  readonly on: readonly string[];
}

/** The resources of a type, in the order of their ids. */
function dependentsIn(stack: Stack, type: string): readonly Dependent[] {
  const { Resources } = Template.fromStack(stack).toJSON() as {
    readonly Resources: Readonly<Record<string, Resource>>;
  };
  return Object.entries(Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, { DependsOn = [] }]) => ({ id, on: DependsOn.map((one) => `${Resources[one]?.Type} ${one}`) }))
    .toSorted((one, other) => one.id.localeCompare(other.id));
}

/** In any order. */
const only = (...types: string[]) => types.toSorted().map((type) => expect.stringContaining(type));
const [entry, endpoint] = ["AWS::EKS::AccessEntry", "AWS::EC2::VPCEndpoint"];
const [ingress, egress] = ["AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"];

/** What the first object of the stack depends on. */
const firstIn = (stack: Stack) => dependentsIn(stack, manifest)[0]?.on.toSorted();

describe("an object does not depend on what another stack has:", () => {
  type Build = (later: Stack, kube: EksLambda) => unknown;
  const cases: readonly (readonly [title: string, build: Build, region: string])[] = [
    [
      "a database that admits the function",
      (later, kube) =>
        new SecurityGroup(later, "Db", { vpc: vpcIn(later) }).connections.allowFrom(kube, Port.tcp(5432)),
      here,
    ],
    [
      "an endpoint of the VPC, and is deployed later",
      (later, kube) => {
        endpointIn(later);
        later.addStackDependency(Stack.of(kube));
      },
      here,
    ],
    ["an endpoint of a VPC in another region", (later) => endpointIn(later), "eu-west-1"],
  ];
  test.each(cases)("%s", (_, build, region) => {
    const app = new App();
    const stack = stackIn(app, "Shop");
    const kube = kubeIn(stack);
    kube.cluster.addManifest("web", service);
    build(stackIn(app, "Later", region), kube);
    app.synth();
    expect(stack.dependencies).toEqual([]);
    expect(firstIn(stack)).toEqual(only(entry, ingress));
  });

  test("an endpoint of a stack that is deployed before anyway", () => {
    const app = new App();
    const [network, shop, objects] = [stackIn(app, "Network"), stackIn(app, "Shop"), stackIn(app, "Objects")];
    const vpc = new Vpc(network, "New", { maxAzs: 1 });
    endpointIn(network, "Endpoint", vpc);
    const { cluster } = kubeIn(shop, { vpc });
    new KubernetesManifest(objects, "Web", { cluster, manifest: [service] });
    app.synth();
    expect([objects.dependencies, shop.dependencies]).toEqual([[shop], [network]]);
  });
});

describe("in its stack, an object depends on", () => {
  test("rules into the cluster, and on none into a database", () => {
    const stack = stackIn(new App(), "Shop");
    const kube = kubeIn(stack);
    kube.cluster.addManifest("web", service);
    new SecurityGroup(stack, "Db", { vpc: vpcIn(stack) }).connections.allowFrom(kube, Port.tcp(5432));
    expect(firstIn(stack)).toEqual(only(entry, ingress));
  });

  test("the rule that lets a function out which may send nowhere else", () => {
    const stack = stackIn(new App(), "Shop");
    kubeIn(stack, { allowAllOutbound: false }).cluster.addManifest("web", service);
    expect(firstIn(stack)).toEqual(only(entry, ingress, egress));
  });

  test("the rules that let the function into an endpoint", () => {
    const stack = stackIn(new App(), "Shop");
    const kube = kubeIn(stack, { allowAllOutbound: false });
    kube.cluster.addManifest("web", service);
    endpointIn(stack).connections.allowDefaultPortFrom(kube);
    expect(firstIn(stack)).toEqual(only(endpoint, entry, ingress, ingress, egress, egress));
  });

  test("each rule of the function, where the cluster's security groups are unknown", () => {
    const stack = stackIn(new App(), "Shop");
    const kube = lambdaFor(stack, { vpc: vpcIn(stack) });
    kube.cluster.addManifest("web", service);
    const group = SecurityGroup.fromSecurityGroupId(stack, "Imports", "sg-0fedcba9876543210");
    group.connections.allowFrom(kube, Port.tcp(443));
    expect(firstIn(stack)).toEqual(only(entry, ingress));
  });

  test("no endpoint that depends on it, also by an aspect that runs later", () => {
    const stack = stackIn(new App(), "Shop");
    const web = kubeIn(stack).cluster.addManifest("web", service);
    const late = endpointIn(stack, "Late");
    endpointIn(stack, "Early");
    Aspects.of(late).add({ visit: (node) => node === late && late.node.addDependency(web) });
    expect(firstIn(stack)).toEqual(only(`${endpoint} Early`, entry, ingress));
  });

  test("no endpoint that depends on another object, which depends on one that depends on it", () => {
    const stack = stackIn(new App(), "Shop");
    const { cluster } = kubeIn(stack);
    const [a, b] = [cluster.addManifest("a", service), cluster.addManifest("b", configMap("b"))];
    endpointIn(stack, "AfterA").node.addDependency(a);
    endpointIn(stack, "AfterB").node.addDependency(b);
    const [first, second] = dependentsIn(stack, manifest).map(({ on }) => on.filter((one) => one.startsWith(endpoint)));
    // One of both: then the other one would be a cycle.
    expect([first, second]).toEqual([[], [expect.stringContaining("AfterA")]]);
  });
});

describe("with nested stacks,", () => {
  test("an object depends on the one that has an endpoint", () => {
    const stack = stackIn(new App(), "Shop");
    kubeIn(stack).cluster.addManifest("web", service);
    endpointIn(new NestedStack(stack, "Network"));
    expect(firstIn(stack)).toEqual(only(entry, ingress, nested));
  });

  test("the one that has an object depends on endpoints, and on the one that has others", () => {
    const stack = stackIn(new App(), "Shop");
    kubeIn(new NestedStack(stack, "Objects")).cluster.addManifest("web", service);
    endpointIn(new NestedStack(stack, "Network"));
    endpointIn(stack);
    const [{ on } = { on: [] }] = dependentsIn(stack, nested).filter(({ id }) => id.startsWith("Objects"));
    expect(on.toSorted()).toEqual(only(`${nested} Network`, endpoint));
  });

  test("the one that has an object does not depend on one that uses what it has", () => {
    const stack = stackIn(new App(), "Shop");
    const kube = kubeIn(new NestedStack(stack, "Objects"));
    kube.cluster.addManifest("web", service);
    const network = new NestedStack(stack, "Network");
    endpointIn(network).connections.allowDefaultPortFrom(kube);
    new CfnOutput(network, "Arn", { value: kube.function.functionArn });
    expect(dependentsIn(stack, nested).map(({ on }) => on)).toEqual([[], []]);
  });
});
