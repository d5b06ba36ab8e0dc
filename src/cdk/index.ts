/**
 * Kubernetes objects in AWS CDK apps, written by the function of eks-lambda: no kubectl, no layers, no framework function.
 *
 *     const kube = new EksLambda(this, "Kube", { cluster, namespaces: ["shop"] });
 *     kube.cluster.addManifest("web", deployment, service);
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Annotations, Aspects, Aws, CfnResource, Duration, Names, RemovalPolicy, Stack, Stage } from "aws-cdk-lib";
import type { Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import { CfnAccessEntry } from "aws-cdk-lib/aws-eks";
import { Cluster, type ICluster, KubectlProvider } from "aws-cdk-lib/aws-eks-v2";
import type * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct, DependencyGroup, type IConstruct } from "constructs";
import { type Properties, problemsOf, type Scope } from "./check.ts";
import { functionCode, rolesOf } from "./code.ts";
import { clusterAdminKinds, editKinds, kindOf, wholeClusterKinds } from "./kinds.ts";

/** A kind as a manifest and `kubectl api-resources` show it. */
export interface EksLambdaKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** The plural: `certificates`. */
  readonly resource: string;
  /** The kind has no namespaces, as ClusterIssuer. It needs `namespaces: "whole-cluster"`. Default: false. */
  readonly clusterScoped?: boolean | undefined;
}

/** A cluster of `aws-eks-v2` or `aws-eks`, of the same app or imported with endpoint and certificate authority. */
export type EksLambdaCluster = Pick<
  ICluster,
  "node" | "clusterName" | "clusterEndpoint" | "clusterCertificateAuthorityData" | "connections"
>;

/** What CDK's functions take, too. */
type FunctionOptions = Pick<
  lambda.FunctionOptions,
  | ("functionName" | "description" | "timeout" | "memorySize" | "architecture" | "role" | "logGroup" | "tracing")
  | ("vpc" | "vpcSubnets" | "securityGroups" | "allowAllOutbound" | "reservedConcurrentExecutions")
>;

export interface EksLambdaProps extends FunctionOptions {
  readonly cluster: EksLambdaCluster;
  /** Where the function may act. `whole-cluster`: everywhere, also on kinds without namespaces. */
  readonly namespaces: readonly string[] | "whole-cluster";
  /**
   * What the function may do there. AmazonEKSEditPolicy also reads Secrets and runs commands in Pods, and knows no custom
   * resources. Default: AmazonEKSEditPolicy.
   */
  readonly accessPolicy?: "AmazonEKSEditPolicy" | "AmazonEKSClusterAdminPolicy" | undefined;
  /** More kinds, such as custom resources. They need AmazonEKSClusterAdminPolicy, or `rbac`. */
  readonly kinds?: readonly EksLambdaKind[] | undefined;
  /** No access policy: the function is a user, and `roles` are the exact rights that it needs. */
  readonly rbac?: boolean | undefined;
}

const ours = /^Custom::AWSCDK-EKS-(KubernetesResource|KubernetesPatch|KubernetesObjectValue|HelmChart)$/;

/** A Lambda function with access to a cluster, and a view of the cluster that uses it. */
export class EksLambda extends Construct implements iam.IGrantable, ec2.IConnectable {
  readonly function: lambda.Function;
  /** `addManifest`, KubernetesManifest, KubernetesPatch and KubernetesObjectValue on this use the function. */
  readonly cluster: ICluster;
  readonly role: iam.IRole;
  readonly grantPrincipal: iam.IPrincipal;
  /** With `rbac`, the Roles and bindings to apply with `kubectl apply -f`, as someone who may create them. Otherwise empty. */
  readonly roles: readonly object[];

  constructor(scope: Construct, id: string, props: EksLambdaProps) {
    super(scope, id);
    const {
      cluster,
      namespaces: given,
      accessPolicy: policy = "AmazonEKSEditPolicy",
      kinds: more = [],
      rbac,
      ...options
    } = props;
    const namespaces = given === "whole-cluster" ? undefined : given;
    if (namespaces && (namespaces.length === 0 || namespaces.some((one) => one.includes("*"))))
      throw new Error(`namespaces are ${JSON.stringify(namespaces)}: name each; the whole cluster is "whole-cluster"`);
    if (more.length > 0 && !rbac && policy === "AmazonEKSEditPolicy")
      throw new Error(
        `AmazonEKSEditPolicy does not cover ${more.map(({ kind }) => kind).join(", ")}: set accessPolicy: "AmazonEKSClusterAdminPolicy", or rbac: true`,
      );
    const [unreachable] = namespaces ? more.filter(({ clusterScoped }) => clusterScoped) : [];
    if (unreachable) throw new Error(`${unreachable.kind} has no namespaces: it needs namespaces: "whole-cluster"`);
    const { timeout = Duration.minutes(15) } = options;
    const isAdmin = !rbac && policy === "AmazonEKSClusterAdminPolicy";
    const kinds = [
      ...(isAdmin ? clusterAdminKinds : editKinds),
      ...(isAdmin && !namespaces ? wholeClusterKinds : []),
      ...more.map(kindOf),
    ];

    this.function = new lambda.Function(this, "Function", {
      description: "Writes Kubernetes objects of stacks (eks-lambda)",
      architecture: lambda.Architecture.ARM_64,
      memorySize: 256,
      logGroup:
        options.logGroup ??
        new LogGroup(this, "Logs", { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY }),
      ...options,
      timeout,
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: "index.handler",
      code: lambda.Code.fromInline(functionCode(builtCode(), kinds, namespaces)),
      environment: {
        CLUSTER_NAME: cluster.clusterName,
        CLUSTER_ENDPOINT: cluster.clusterEndpoint,
        CLUSTER_CA: cluster.clusterCertificateAuthorityData,
        CLUSTER_NAMESPACE: "default",
        EKS_LAMBDA_OWNER: `${Aws.ACCOUNT_ID}/${Aws.REGION}/${Aws.STACK_NAME}`,
      },
    });
    const { role } = this.function;
    if (!role) throw new Error("the function has no role");
    this.role = role;
    this.grantPrincipal = this.function.grantPrincipal;

    const name = Names.uniqueResourceName(this, { maxLength: 48, separator: "-" }).toLowerCase();
    const subject = { name: `eks-lambda-${name}`, user: `eks-lambda-${name}` };
    this.roles = rbac ? rolesOf(kinds, namespaces, subject) : [];
    const entry = new CfnAccessEntry(this, "AccessEntry", {
      clusterName: cluster.clusterName,
      principalArn: role.roleArn,
      type: "STANDARD",
      ...(rbac
        ? { username: subject.user }
        : {
            accessPolicies: [
              {
                policyArn: `arn:${Aws.PARTITION}:eks::aws:cluster-access-policy/${policy}`,
                accessScope: namespaces ? { type: "namespace", namespaces: [...namespaces] } : { type: "cluster" },
              },
            ],
          }),
    });
    // EKS may not know a role yet that is seconds old.
    entry.node.addDependency(this.function);
    const needed = new DependencyGroup(entry);
    // An imported cluster has no default port.
    if (props.vpc && !props.securityGroups) this.function.connections.allowTo(cluster, ec2.Port.tcp(443));
    if (rbac)
      Annotations.of(this).addInfo(`apply this to the cluster before the first deployment:\n${textOf(this.roles)}`);

    const serviceToken = this.function.functionArn;
    this.cluster = Cluster.fromClusterAttributes(this, "Cluster", {
      clusterName: cluster.clusterName,
      clusterEndpoint: cluster.clusterEndpoint,
      clusterCertificateAuthorityData: cluster.clusterCertificateAuthorityData,
      kubectlProvider: KubectlProvider.fromKubectlProviderAttributes(this, "Provider", { serviceToken, role }),
    });

    refuseConfigMapMode(this, cluster);
    const source = rbac ? "the Role of EksLambda" : policy;
    const checked: Scope = { namespaces, kinds, source, timeoutSeconds: timeout.toSeconds() };
    let way: readonly IConstruct[] | undefined;
    // CDK runs no aspect of an app in its stages.
    const root = Stage.of(this) ?? this.node.root;
    Aspects.of(root).add({
      visit: (node: IConstruct) => {
        if (!(node instanceof CfnResource) || !ours.test(node.cfnResourceType)) return;
        const properties = propertiesOf(node);
        if (properties.ServiceToken !== serviceToken) return;
        way ??= props.vpc ? wayOf(root, props.vpc, this.function.connections.securityGroups) : [];
        for (const part of way) needed.add(part);
        // In this order they are made, and in the other deleted: the function can still delete the objects.
        node.node.addDependency(needed);
        // By default, CloudFormation waits an hour for a function that died.
        if (properties.ServiceTimeout === undefined)
          node.addPropertyOverride("ServiceTimeout", String(timeout.toSeconds() + 60));
        for (const problem of problemsOf(
          node.cfnResourceType,
          Stack.of(node).resolve(properties) as Properties,
          checked,
        ))
          Annotations.of(node).addError(problem);
      },
    });
  }

  get connections(): ec2.Connections {
    return this.function.connections;
  }

  /** The right to invoke the function is worth all that the function may do. */
  grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return this.function.grantInvoke(grantee);
  }

  metric(metricName: string, props?: MetricOptions): Metric {
    return this.function.metric(metricName, props);
  }

  metricErrors(props?: MetricOptions): Metric {
    return this.function.metricErrors(props);
  }

  metricDuration(props?: MetricOptions): Metric {
    return this.function.metricDuration(props);
  }

  metricInvocations(props?: MetricOptions): Metric {
    return this.function.metricInvocations(props);
  }

  metricThrottles(props?: MetricOptions): Metric {
    return this.function.metricThrottles(props);
  }
}

const builtCode = () => readFileSync(join(__dirname, "../actions/index.js"), "utf8");

/** One document, as `kubectl apply -f` reads it. */
const textOf = (items: readonly object[]): string => JSON.stringify({ apiVersion: "v1", kind: "List", items }, null, 2);

/**
 * CDK gives them to subclasses only (`protected`), and nothing public has them before the template is written.
 * Throws if a version of CDK no longer has them: unchecked, objects would be deleted after what the function needs for it.
 */
function propertiesOf(resource: CfnResource): Properties {
  const { cfnProperties } = resource as unknown as { readonly cfnProperties?: Properties };
  if (cfnProperties) return cfnProperties;
  throw new Error(
    `eks-lambda/cdk cannot read the properties of ${resource.node.path}: this aws-cdk-lib has no CfnResource.cfnProperties; install the version that eks-lambda was tested with, 2.276.0`,
  );
}

/** The VPC's endpoints, without which the answer to a delete is lost, and the rules that let the function to the cluster. */
function wayOf(root: IConstruct, { vpcId }: ec2.IVpc, groups: readonly ec2.ISecurityGroup[]): readonly IConstruct[] {
  const own = groups.map(({ securityGroupId }) => securityGroupId);
  return root.node
    .findAll()
    .filter((one) =>
      one instanceof ec2.CfnVPCEndpoint
        ? one.vpcId === vpcId
        : one instanceof ec2.CfnSecurityGroupIngress && own.includes(one.sourceSecurityGroupId ?? ""),
    );
}

/** There, an access entry cannot be made. CloudFormation's default and that of `aws-eks` is CONFIG_MAP. */
function refuseConfigMapMode(scope: Construct, cluster: EksLambdaCluster): void {
  const modes = cluster.node
    .findAll()
    .filter((one) => one instanceof CfnResource && one.cfnResourceType === "AWS::EKS::Cluster")
    .map((one): unknown => Object(propertiesOf(one as CfnResource).accessConfig).authenticationMode);
  // Of `aws-eks`, whose cluster is a custom resource.
  if ("authenticationMode" in cluster) modes.push(cluster.authenticationMode);
  if (modes.some((mode = "CONFIG_MAP") => mode === "CONFIG_MAP"))
    Annotations.of(scope).addError(
      `the cluster ${cluster.node.path} has authentication mode CONFIG_MAP, in which it takes no access entries: set authenticationMode: API_AND_CONFIG_MAP`,
    );
}
