/** What `eks-lambda/cdk` synthesises, and what it refuses before anything is deployed. */
import { runInThisContext } from "node:vm";
import { App, CfnParameter, CfnResource, Duration, type Stack, Stage, Tags, Token } from "aws-cdk-lib";
import { GatewayVpcEndpointAwsService, InterfaceVpcEndpointAwsService, Vpc } from "aws-cdk-lib/aws-ec2";
import * as eks1 from "aws-cdk-lib/aws-eks";
import { CfnCluster } from "aws-cdk-lib/aws-eks";
import * as eks from "aws-cdk-lib/aws-eks-v2";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LayerVersion } from "aws-cdk-lib/aws-lambda";
import type { IConstruct } from "constructs";
import { EksLambda, type EksLambdaProps } from "eks-lambda/cdk";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Allowed, needsOf } from "../../src/core/actions/allowed.ts";
import { manifest as resource } from "../../src/core/custom-resource/manifest.ts";
import { rulesOf } from "../../src/core/kube/need.ts";
import { permitsByPolicy } from "../../src/sandbox/kube/access-policies.ts";
import { configMap, deployment, imported, lambdaFor, type Synthesised, service, synthesised } from "./apps.ts";

const manifest = "Custom::AWSCDK-EKS-KubernetesResource";

const functionOf = ({ of }: Synthesised) => {
  const [only] = of("AWS::Lambda::Function");
  if (!only) throw new Error("no function");
  return only;
};

/** What the synthesised function is allowed. */
function allowedIn(app: Synthesised): readonly Allowed[] {
  const { ZipFile } = functionOf(app).Properties.Code as { readonly ZipFile: string };
  const [, list = ""] = /^const ALLOWED=(\[.*);$/m.exec(ZipFile) ?? [];
  return runInThisContext(list);
}

describe("on an imported cluster", () => {
  const app = synthesised((stack) => {
    const kube = lambdaFor(stack, { functionName: "kube" });
    kube.cluster.addManifest("web", deployment(2), service);
    new eks.KubernetesManifest(stack, "Flags", { cluster: kube.cluster, manifest: [configMap("flags")] });
    const patch = { applyPatch: { spec: { replicas: 3 } }, restorePatch: { spec: { replicas: 2 } } };
    new eks.KubernetesPatch(stack, "Patch", {
      ...{ cluster: kube.cluster, resourceName: "deployment/web", resourceNamespace: "shop", ...patch },
    });
    new eks.KubernetesObjectValue(stack, "Address", {
      ...{
        cluster: kube.cluster,
        objectType: "svc",
        objectName: "web",
        objectNamespace: "shop",
        jsonPath: ".spec.clusterIP",
      },
    });
    kube.grantInvoke(new Role(stack, "Caller", { assumedBy: new ServicePrincipal("states.amazonaws.com") }));
    Tags.of(kube).add("team", "shop");
  });

  test("makes one function, its role and its access, and nothing else", () => {
    expect(app.errors).toEqual([]);
    const types = Object.values(app.resources).map(({ Type }) => Type);
    expect(types.filter((type) => !type.startsWith("Custom::")).toSorted()).toEqual([
      ...["AWS::EKS::AccessEntry", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::Role", "AWS::Lambda::Function"],
      "AWS::Logs::LogGroup",
    ]);
    expect(functionOf(app).Properties).toMatchObject({
      FunctionName: "kube",
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Timeout: 900,
      Tags: [{ Key: "team", Value: "shop" }],
      Environment: { Variables: { CLUSTER_NAME: "demo", CLUSTER_ENDPOINT: "https://example.com", CLUSTER_CA: "Y2E=" } },
    });
  });

  test("its access is AmazonEKSEditPolicy in the namespaces", () =>
    expect(app.of("AWS::EKS::AccessEntry")).toMatchObject([
      {
        Properties: {
          ClusterName: "demo",
          AccessPolicies: [{ AccessScope: { Type: "namespace", Namespaces: ["shop"] } }],
        },
        DependsOn: expect.arrayContaining([functionOf(app).id]),
      },
    ]));

  test("each object waits for the access, and CloudFormation for a minute more than the function has", () => {
    const [entry] = app.of("AWS::EKS::AccessEntry");
    const ours = Object.values(app.resources).filter(({ Type }) => Type.startsWith("Custom::"));
    expect(ours).toHaveLength(4);
    for (const { Properties, DependsOn } of ours) {
      expect(Properties).toMatchObject({ ServiceTimeout: "960" });
      expect(Properties.ServiceToken).toEqual({ "Fn::GetAtt": [functionOf(app).id, "Arn"] });
      expect(DependsOn).toContain(entry?.id);
    }
  });
});

test("on a new cluster in a VPC, objects are deleted before what the function needs for that", () => {
  const app = synthesised((stack) => {
    const vpc = new Vpc(stack, "Vpc", { maxAzs: 2 });
    vpc.addGatewayEndpoint("S3", { service: GatewayVpcEndpointAwsService.S3 });
    vpc.addInterfaceEndpoint("Sts", { service: InterfaceVpcEndpointAwsService.STS });
    const cluster = new eks.Cluster(stack, "Cluster", { version: eks.KubernetesVersion.V1_33, vpc });
    const kube = new EksLambda(stack, "Kube", { cluster, namespaces: ["shop"], vpc });
    kube.cluster.addManifest("web", service);
  });
  expect(app.errors).toEqual([]);
  const [web] = app.of(manifest);
  const kinds = (web?.DependsOn ?? []).map((id) => app.resources[id]?.Type).toSorted();
  expect(kinds).toEqual(
    [
      ...["AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::VPCEndpoint"],
      ...["AWS::EC2::VPCEndpoint", "AWS::EKS::AccessEntry"],
    ].toSorted(),
  );
  // The function itself waits for the routes.
  const routes = (functionOf(app).DependsOn ?? []).filter((id) => app.resources[id]?.Type === "AWS::EC2::Route");
  expect(routes).toHaveLength(2);
  expect(app.of("AWS::EKS::Cluster")).toHaveLength(1);
  expect(app.of("AWS::Lambda::LayerVersion")).toEqual([]);
});

const layer = (stack: Stack) =>
  LayerVersion.fromLayerVersionArn(stack, "Layer", "arn:aws:lambda:us-east-1:111122223333:layer:kubectl:1");

const certificates = { apiVersion: "cert-manager.io/v1", kind: "Certificate", resource: "certificates" };

/** The resource of a cluster. */
function clusterIn({ node }: IConstruct): CfnResource {
  const isCluster = (one: IConstruct): one is CfnResource =>
    one instanceof CfnResource && /EKS(::|-)Cluster$/.test(one.cfnResourceType);
  const found = node.findAll().find(isCluster);
  if (!found) throw new Error("no cluster");
  return found;
}

describe("is refused at synthesis:", () => {
  const subnetIds = ["subnet-1"];
  const l1 = (stack: Stack) => {
    const { ref, attrEndpoint, attrCertificateAuthorityData } = new CfnCluster(stack, "L1", {
      ...{ roleArn: "arn:aws:iam::111122223333:role/cluster", resourcesVpcConfig: { subnetIds } },
    });
    const [clusterEndpoint, clusterCertificateAuthorityData] = [attrEndpoint, attrCertificateAuthorityData];
    return imported(stack, { clusterName: ref, clusterEndpoint, clusterCertificateAuthorityData });
  };
  const valueIn = (objectType: string, stack: Stack, props?: Partial<EksLambdaProps>) =>
    new eks.KubernetesObjectValue(stack, "Value", {
      ...{ cluster: lambdaFor(stack, props).cluster, objectType, objectName: "a", objectNamespace: "shop" },
      jsonPath: ".status",
    });
  const cases: readonly (readonly [string, (stack: Stack) => void, string])[] = [
    [
      "a namespace that is not listed",
      (stack) => lambdaFor(stack).cluster.addManifest("a", configMap("flags", {}, "ops")),
      "ConfigMap flags: it is in ops, and `namespaces` of EksLambda has shop",
    ],
    [
      "no namespace",
      (stack) =>
        lambdaFor(stack).cluster.addManifest("a", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "flags" } }),
      "ConfigMap flags: it names no namespace, so it is in default, and `namespaces` of EksLambda has shop",
    ],
    [
      "a kind that the policy does not have",
      (stack) =>
        lambdaFor(stack).cluster.addManifest("a", {
          ...configMap("tls"),
          apiVersion: "cert-manager.io/v1",
          kind: "Certificate",
        }),
      "Certificate tls: AmazonEKSEditPolicy does not cover Certificate of cert-manager.io/v1",
    ],
    [
      "a kind of the same name in another group",
      (stack) => lambdaFor(stack).cluster.addManifest("a", { ...service, apiVersion: "serving.knative.dev/v1" }),
      "Service web: AmazonEKSEditPolicy does not cover Service of serving.knative.dev/v1",
    ],
    [
      "a Namespace",
      (stack) =>
        lambdaFor(stack).cluster.addManifest("a", { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }),
      "Namespace shop: AmazonEKSEditPolicy does not cover Namespace of v1",
    ],
    [
      "what a token hides only in part",
      (stack) =>
        lambdaFor(stack).cluster.addManifest(
          "a",
          configMap(
            new CfnParameter(stack, "Name").valueAsString,
            { n: Token.asNumber({ resolve: () => ({ Ref: "Name" }) }) },
            "ops",
          ),
        ),
      "ConfigMap …: it is in ops, and `namespaces` of EksLambda has shop",
    ],
    [
      "a Helm chart",
      (stack) => lambdaFor(stack).cluster.addHelmChart("a", { chart: "redis", repository: "https://example.com" }),
      "the function runs no Helm",
    ],
    [
      "an object without a name",
      (stack) =>
        lambdaFor(stack).cluster.addManifest("a", {
          ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "flags-", namespace: "shop" } },
        }),
      "ConfigMap …: it has no `metadata.name`, by which the function finds it; `generateName` is not supported",
    ],
    [
      "an object in a list of the list",
      (stack) =>
        lambdaFor(stack).cluster.addManifest("a", {
          ...{ apiVersion: "v1", kind: "List", items: [service, configMap("flags", {}, "ops")] },
        }),
      "ConfigMap flags: it is in ops, and `namespaces` of EksLambda has shop",
    ],
    [
      "a manifest that is too large",
      (stack) => lambdaFor(stack).cluster.addManifest("a", configMap("flags", { a: "x".repeat(100_000) })),
      "bytes, and may have 100000: divide it among several resources",
    ],
    [
      "a patch elsewhere",
      (stack) =>
        new eks.KubernetesPatch(stack, "Patch", {
          ...{ cluster: lambdaFor(stack).cluster, resourceName: "deploy/coredns", resourceNamespace: "kube-system" },
          ...{ applyPatch: {}, restorePatch: {} },
        }),
      "deploy/coredns: it is in kube-system, and `namespaces` of EksLambda has shop",
    ],
    [
      "a value of a kind that the policy does not have",
      (stack) => valueIn("node", stack),
      'node/a: AmazonEKSEditPolicy does not cover "node"',
    ],
    [
      "a word that is no kind, without kinds of the app's own",
      (stack) => valueIn("cert", stack),
      'cert/a: AmazonEKSEditPolicy does not cover "cert"',
    ],
    [
      "a word of Kubernetes for a kind that is not covered, with kinds of the app's own",
      (stack) => valueIn("sc", stack, { rbac: true, kinds: [certificates] }),
      'sc/a: the Role of EksLambda does not cover "sc"',
    ],
    [
      "a wait that the function has no time for",
      (stack) => valueIn("service", stack, { timeout: Duration.minutes(1) }),
      "it waits for 300 seconds, and the function has 60: give EksLambda a longer `timeout`",
    ],
    [
      "a cluster of aws-eks, whose default mode is CONFIG_MAP",
      (stack) => {
        const cluster = new eks1.Cluster(stack, "Old", {
          version: eks1.KubernetesVersion.V1_33,
          kubectlLayer: layer(stack),
        });
        new EksLambda(stack, "Kube", { cluster, namespaces: ["shop"] });
      },
      "the cluster Shop/Old has authentication mode CONFIG_MAP",
    ],
    [
      "a cluster of aws-eks that is imported by its name",
      (stack) => {
        const { clusterName } = new eks1.Cluster(stack, "Old", {
          version: eks1.KubernetesVersion.V1_33,
          kubectlLayer: layer(stack),
        });
        lambdaFor(stack, { cluster: imported(stack, { clusterName }) });
      },
      "the cluster Shop/Old has authentication mode CONFIG_MAP",
    ],
    [
      "a cluster of CloudFormation's type, whose default mode is CONFIG_MAP",
      (stack) => lambdaFor(stack, { cluster: l1(stack) }),
      "the cluster Shop/L1 has authentication mode CONFIG_MAP",
    ],
    [
      "a cluster whose mode is changed in the template",
      (stack) => {
        const cluster = new eks.Cluster(stack, "New", { version: eks.KubernetesVersion.V1_33 });
        lambdaFor(stack, { cluster });
        clusterIn(cluster).addPropertyOverride("AccessConfig.AuthenticationMode", "CONFIG_MAP");
      },
      "the cluster Shop/New has authentication mode CONFIG_MAP",
    ],
  ];
  test.each(cases)("%s", (_, build, expected) => {
    const { errors } = synthesised(build);
    expect(errors).toEqual([expect.stringContaining(expected)]);
  });

  test.each([
    [{ namespaces: [] }, "namespaces are []: name each"],
    [{ namespaces: ["*"] }, 'namespaces are ["*"]: name each; the whole cluster is "whole-cluster"'],
    [{ kinds: [{ apiVersion: "a.b/v1", kind: "C", resource: "cs" }] }, "AmazonEKSEditPolicy does not cover C"],
  ])("%j", (props, message) => expect(() => synthesised((stack) => lambdaFor(stack, props))).toThrow(message));
});

test("a cluster whose mode is changed from CONFIG_MAP is fine", () => {
  const { errors } = synthesised((stack) => {
    const cluster = new eks1.Cluster(stack, "Old", {
      version: eks1.KubernetesVersion.V1_33,
      kubectlLayer: layer(stack),
    });
    lambdaFor(stack, { cluster });
    clusterIn(cluster).addPropertyOverride("Config.accessConfig.authenticationMode", "API");
  });
  expect(errors).toEqual([]);
});

test("a cluster of aws-eks in mode API_AND_CONFIG_MAP is fine", () => {
  const { errors } = synthesised((stack) => {
    const cluster = new eks1.Cluster(stack, "Old", {
      version: eks1.KubernetesVersion.V1_33,
      kubectlLayer: layer(stack),
      authenticationMode: eks1.AuthenticationMode.API_AND_CONFIG_MAP,
    });
    new EksLambda(stack, "Kube", { cluster, namespaces: ["shop"] }).cluster.addManifest("web", service);
  });
  expect(errors).toEqual([]);
});

test("manifests whose text is known only when they are deployed are left to the function", () => {
  const { errors } = synthesised((stack) => {
    const { cluster } = lambdaFor(stack);
    const { valueAsString: text } = new CfnParameter(stack, "Text");
    cluster.addManifest("a", { apiVersion: "v1", kind: text, metadata: { name: text, namespace: text } });
    cluster.addManifest("c", { ...deployment(1), apiVersion: text });
    cluster.addManifest(
      "b",
      configMap("flags", { text, number: Token.asNumber({ resolve: () => ({ Ref: "Text" }) }) }),
    );
  });
  expect(errors).toEqual([]);
});

test("what is known only when it is deployed is checked no further", () => {
  const app = synthesised((stack) => {
    const { valueAsNumber: seconds } = new CfnParameter(stack, "Seconds", { type: "Number" });
    const { valueAsString: namespace } = new CfnParameter(stack, "Namespace");
    const { cluster } = lambdaFor(stack, { timeout: Duration.seconds(seconds), namespaces: ["ops", namespace] });
    cluster.addManifest("web", service);
    new eks.KubernetesObjectValue(stack, "Value", {
      ...{ cluster, objectType: "service", objectName: "web", objectNamespace: "shop", jsonPath: ".status" },
    });
  });
  expect(app.errors).toEqual([]);
  expect(app.of(manifest)).toMatchObject([{ Properties: { ServiceTimeout: "960" } }]);
  expect(functionOf(app).Properties.Timeout).toEqual({ Ref: "Seconds" });
});

test("properties that are `undefined` have their defaults", () => {
  const nothing = { memorySize: undefined, architecture: undefined, description: undefined, timeout: undefined };
  const [left, given] = [{}, { ...nothing, logGroup: undefined }].map((props) =>
    synthesised((stack) => lambdaFor(stack, props).cluster.addManifest("web", service)),
  );
  expect(given?.template).toEqual(left?.template);
});

test("a ServiceTimeout that an object has in the template is kept", () => {
  const app = synthesised((stack) => {
    const web = lambdaFor(stack).cluster.addManifest("web", service);
    for (const one of web.node.findAll())
      if (one instanceof CfnResource) one.addPropertyOverride("ServiceTimeout", "100");
  });
  expect(app.of(manifest)).toMatchObject([{ Properties: { ServiceTimeout: "100" } }]);
});

test("what an object has in the template is checked", () => {
  const { errors } = synthesised((stack) => {
    const web = lambdaFor(stack).cluster.addManifest("web", service);
    for (const one of web.node.findAll())
      if (one instanceof CfnResource)
        one.addPropertyOverride("Manifest", JSON.stringify(configMap("flags", {}, "ops")));
  });
  expect(errors).toEqual([expect.stringContaining("ConfigMap flags: it is in ops")]);
});

test.each([
  ["a version of the kind", "deployments.v1.apps", {}],
  ["the kind with version and group, of the app's own", "Certificate.v1.cert-manager.io", { kinds: [certificates] }],
  ["a short name of a kind of the app's own", "cert", { kinds: [certificates] }],
  [
    "the name of Kubernetes' own kind for another one",
    "node",
    { kinds: [{ apiVersion: "example.com/v1", kind: "Node", resource: "nodes" }] },
  ],
])("a word for a kind that the function finds: %s", (_, word, props) => {
  const { errors } = synthesised((stack) => {
    const { cluster } = lambdaFor(stack, { accessPolicy: "AmazonEKSClusterAdminPolicy", ...props });
    new eks.KubernetesPatch(stack, "Patch", {
      ...{ cluster, resourceName: `${word}/web`, resourceNamespace: "shop", applyPatch: {}, restorePatch: {} },
    });
  });
  expect(errors).toEqual([]);
});

test("a short name of a kind of the app's own is one in `namespaces`", () => {
  const { errors } = synthesised((stack) => {
    const { cluster } = lambdaFor(stack, { rbac: true, kinds: [certificates] });
    new eks.KubernetesPatch(stack, "Patch", {
      ...{ cluster, resourceName: "cert/web", resourceNamespace: "ops", applyPatch: {}, restorePatch: {} },
    });
  });
  expect(errors).toEqual([expect.stringContaining("cert/web: it is in ops")]);
});

test("a manifest may have as many bytes as the function takes", async () => {
  const large = [configMap("flags", { a: "x".repeat(200_000) })];
  const request = {
    RequestType: "Create",
    ResourceType: manifest,
    ResourceProperties: { Manifest: JSON.stringify(large) },
  };
  const { error } = await resource(request as never, { remainingMs: () => 1_000 } as never);
  const { errors } = synthesised((stack) => lambdaFor(stack).cluster.addManifest("web", ...large));
  const [byFunction, atSynthesis] = [String(error), errors.join()].map((text) => /may have \d+/.exec(text)?.[0]);
  expect(atSynthesis).toBe("may have 100000");
  expect(byFunction).toBe(atSynthesis);
});

test("what is unknown of a manifest does not count", () => {
  const { errors } = synthesised((stack) => {
    const { valueAsString: text } = new CfnParameter(stack, "Text");
    lambdaFor(stack).cluster.addManifest(
      "web",
      configMap("flags", Object.fromEntries(Array.from({ length: 6_000 }, (_, index) => [index, text]))),
    );
  });
  expect(errors).toEqual([]);
});

test("another function's resources in the same stack are left alone", () => {
  const app = synthesised((stack) => {
    lambdaFor(stack);
    const kubectlProvider = eks.KubectlProvider.fromKubectlProviderAttributes(stack, "Other", {
      serviceToken: "arn:aws:lambda:us-east-1:111122223333:function:other",
    });
    eks.Cluster.fromClusterAttributes(stack, "OtherCluster", { clusterName: "other", kubectlProvider }).addManifest(
      "a",
      { ...configMap("flags", {}, "elsewhere") },
    );
  });
  expect(app.errors).toEqual([]);
  expect(app.of(manifest)).toMatchObject([{ Properties: expect.not.objectContaining({ ServiceTimeout: "960" }) }]);
});

test("in a stage, as CDK Pipelines have them, objects are checked and wait for the access, too", () => {
  const build = (stack: Stack) => {
    const kube = lambdaFor(stack);
    kube.cluster.addManifest("web", service);
    kube.cluster.addManifest("other", { ...service, metadata: { name: "web", namespace: "ops" } });
  };
  const app = synthesised(build, undefined, new Stage(new App(), "Prod"));
  expect(app.of(manifest)[0]).toMatchObject({
    Properties: { ServiceTimeout: "960" },
    DependsOn: [expect.stringContaining("AccessEntry")],
  });
  expect(app.errors).toHaveLength(1);
});

test("an imported cluster in a VPC: its security group admits the function", () => {
  const app = synthesised((stack) => {
    const vpc = new Vpc(stack, "Vpc", { maxAzs: 2 });
    const cluster = imported(stack, { clusterSecurityGroupId: "sg-0123456789abcdef0" });
    lambdaFor(stack, { cluster, vpc }).cluster.addManifest("web", service);
  });
  expect(app.errors).toEqual([]);
  const [rule, ...others] = app.of("AWS::EC2::SecurityGroupIngress");
  expect(others).toEqual([]);
  expect(rule?.Properties).toMatchObject({ GroupId: "sg-0123456789abcdef0", FromPort: 443, ToPort: 443 });
  expect(app.of(manifest)[0]?.DependsOn).toContain(rule?.id);
});

describe("the whole cluster", () => {
  const issuer = { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer" };
  const issuers = { ...issuer, resource: "clusterissuers", clusterScoped: true };
  const app = synthesised((stack) => {
    const kube = lambdaFor(stack, {
      namespaces: "whole-cluster",
      accessPolicy: "AmazonEKSClusterAdminPolicy",
      kinds: [certificates, issuers],
    });
    kube.cluster.addManifest("issuer", { ...issuer, metadata: { name: "ca" } });
    kube.cluster.addManifest("ns", { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    kube.cluster.addManifest("tls", { ...configMap("tls"), apiVersion: "cert-manager.io/v1", kind: "Certificate" });
  });

  test("has to be named, and has kinds without namespaces", () => {
    expect(app.errors).toEqual([]);
    expect(app.of("AWS::EKS::AccessEntry")).toMatchObject([
      { Properties: { AccessPolicies: [{ AccessScope: { Type: "cluster" } }] } },
    ]);
    expect(allowedIn(app)).toContainEqual({
      ...{ action: "apply", group: "", version: "v1", resource: "namespaces", kind: "Namespace" },
      ...{ namespace: "*", clusterScoped: true },
    });
    expect(allowedIn(app)).toContainEqual({
      ...{
        action: "apply",
        group: "cert-manager.io",
        version: "v1",
        resource: "clusterissuers",
        kind: "ClusterIssuer",
      },
      ...{ namespace: "*", clusterScoped: true },
    });
  });

  test("is needed for a kind without namespaces", () =>
    expect(() => synthesised((stack) => lambdaFor(stack, { rbac: true, kinds: [issuers] }))).toThrow(
      'ClusterIssuer has no namespaces: it needs namespaces: "whole-cluster"',
    ));
});

describe("rbac", () => {
  let roles: readonly object[] = [];
  const app = synthesised((stack) => {
    const kube = lambdaFor(stack, { rbac: true, kinds: [certificates], namespaces: ["shop", "ops"] });
    roles = kube.roles;
    kube.cluster.addManifest("tls", { ...configMap("tls"), apiVersion: "cert-manager.io/v1", kind: "Certificate" });
  });

  test("binds a user, and prints the Role for whom may apply it", () => {
    expect(app.errors).toEqual([]);
    const entry = { ...app.of("AWS::EKS::AccessEntry")[0]?.Properties };
    expect(entry).toMatchObject({ Username: expect.stringMatching(/^eks-lambda-shop-?kube/) });
    expect(entry).not.toHaveProperty("AccessPolicies");
    expect(roles).toMatchObject([
      { kind: "Role", metadata: { namespace: "shop" } },
      { kind: "RoleBinding", metadata: { namespace: "shop" }, subjects: [{ kind: "User", name: entry.Username }] },
      { kind: "Role", metadata: { namespace: "ops" } },
      { kind: "RoleBinding", metadata: { namespace: "ops" } },
    ]);
    expect(app.infos).toEqual([expect.stringContaining(JSON.stringify({ items: roles }, null, 2).slice(2, -2))]);
  });

  test("the Role is exactly what the function needs", () => {
    const ofRules = (
      rules: readonly { apiGroups: readonly string[]; resources: readonly string[]; verbs: readonly string[] }[],
    ) =>
      rules
        .flatMap(({ apiGroups, resources, verbs }) =>
          apiGroups.flatMap((group) => resources.flatMap((one) => verbs.map((verb) => `${verb} ${one}.${group}`))),
        )
        .toSorted();
    const needed = rulesOf(needsOf(allowedIn(app).filter(({ namespace }) => namespace === "shop")));
    expect(ofRules((roles[0] as { readonly rules: never }).rules)).toEqual(ofRules(needed));
  });
});

test("what the function is allowed, AmazonEKSEditPolicy permits in the namespace, and nothing of it elsewhere", () => {
  const all = allowedIn(synthesised((stack) => lambdaFor(stack)));
  expect(new Set(all.map(({ action }) => action))).toEqual(new Set(["apply", "delete", "get"]));
  expect(new Set(all.map(({ namespace }) => namespace))).toEqual(new Set(["shop"]));
  const policy = {
    policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy",
    accessScope: { type: "namespace", namespaces: ["shop"] },
  } as const;
  for (const { group, resource, verbs } of needsOf(all))
    for (const verb of verbs) {
      const target = { verb, group, resource, namespace: "shop" };
      expect(permitsByPolicy([policy], target as never), `${verb} ${resource}.${group}`).toBe(true);
      expect(permitsByPolicy([policy], { ...target, namespace: "ops" } as never)).toBe(false);
    }
});

test("a namespace more costs the template its name", () => {
  const namespaces = Array.from({ length: 200 }, (_, index) => `team-${100 + index}`);
  const [one, many] = [namespaces.slice(0, 1), namespaces].map((some) => {
    const app = synthesised((stack) => lambdaFor(stack, { namespaces: some }));
    expect(new Set(allowedIn(app).map(({ namespace }) => namespace))).toEqual(new Set(some));
    return Object(functionOf(app).Properties.Code).ZipFile.length;
  });
  expect(many - one).toBe(199 * `,"team-100"`.length);
});

test("a version of CDK that hides the properties of resources is refused", () => {
  const hidden = CfnResource.prototype as unknown as { readonly cfnProperties: object | undefined };
  vi.spyOn(hidden, "cfnProperties", "get").mockReturnValue(undefined);
  onTestFinished(() => void vi.restoreAllMocks());
  expect(() => synthesised((stack) => lambdaFor(stack).cluster.addManifest("web", service))).toThrow(
    "this aws-cdk-lib has no CfnResource.cfnProperties",
  );
});

test("metrics and the connections are the function's", () => {
  synthesised((stack) => {
    const kube = lambdaFor(stack);
    expect(kube.metricErrors().metricName).toBe("Errors");
    expect(kube.metric("Throttles").namespace).toBe("AWS/Lambda");
    expect(kube.grantPrincipal).toBe(kube.function.grantPrincipal);
  });
});
