/**
 * Kubernetes objects in AWS CDK apps, written by the function of eks-lambda: no kubectl, no layers, no framework function.
 *
 *     const kube = new EksLambda(this, "Kube", { cluster, namespaces: ["shop"] });
 *     kube.cluster.addManifest("web", deployment, service);
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  Annotations,
  Aspects,
  Aws,
  CfnResource,
  Duration,
  Names,
  Reference,
  RemovalPolicy,
  Stage,
  Token,
  Tokenization,
} from "aws-cdk-lib";
import type { Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import { CfnAccessEntry } from "aws-cdk-lib/aws-eks";
import { Cluster, type ICluster, KubectlProvider } from "aws-cdk-lib/aws-eks-v2";
import type * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct, type IConstruct } from "constructs";
import { problemsOf, type Scope } from "./check.ts";
import { functionCode, rolesOf } from "./code.ts";
import { clusterAdminKinds, editKinds, kindOf, wholeClusterKinds } from "./kinds.ts";
import { inTemplate, propertiesOf } from "./resource.ts";
import { partsFor } from "./way.ts";

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

/** Seconds that a function may run at most. */
const longest = 900;

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
      timeout = Duration.seconds(longest),
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
    const timeoutSeconds = timeout.isUnresolved() ? undefined : timeout.toSeconds();
    const isAdmin = !rbac && policy === "AmazonEKSClusterAdminPolicy";
    const own = more.map(kindOf);
    const kinds = [
      ...(isAdmin ? clusterAdminKinds : editKinds),
      ...(isAdmin && !namespaces ? wholeClusterKinds : []),
      ...own,
    ];

    this.function = new lambda.Function(this, "Function", {
      ...options,
      timeout,
      description: options.description ?? "Writes Kubernetes objects of stacks (eks-lambda)",
      architecture: options.architecture ?? lambda.Architecture.ARM_64,
      memorySize: options.memorySize ?? 256,
      logGroup:
        options.logGroup ??
        new LogGroup(this, "Logs", { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY }),
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

    const source = rbac ? "the Role of EksLambda" : policy;
    const areKnown = !Token.isUnresolved(namespaces) && !namespaces?.some(Token.isUnresolved);
    const checked: Scope = { namespaces: areKnown ? namespaces : undefined, kinds, own, source, timeoutSeconds };
    const way = props.vpc && { vpc: props.vpc, from: this.function.connections, to: cluster.connections };
    // CDK runs no aspect of an app in its stages.
    Aspects.of(Stage.of(this) ?? this.node.root).add({
      visit: (node: IConstruct) => {
        if (node === this) refuseConfigMapMode(this, cluster);
        if (!(node instanceof CfnResource) || !ours.test(node.cfnResourceType)) return;
        if (propertiesOf(node).ServiceToken !== serviceToken) return;
        // In this order they are made, and in the other deleted: the function can still delete the objects.
        node.node.addDependency(entry);
        if (way) node.node.addDependency(partsFor(node, way));
        const properties = inTemplate(node);
        // By default, CloudFormation waits an hour for a function that died.
        if (properties.ServiceTimeout === undefined)
          node.addPropertyOverride("ServiceTimeout", String((timeoutSeconds ?? longest) + 60));
        for (const problem of problemsOf(node.cfnResourceType, properties, checked))
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

const isCluster = (one: IConstruct): one is CfnResource =>
  CfnResource.isCfnResource(one) && /^(AWS::EKS::Cluster|Custom::AWSCDK-EKS-Cluster)$/.test(one.cfnResourceType);

/** The cluster's resource, also if the cluster was imported by the resource's name. None if the app does not make it. */
function resourcesOf({ node, clusterName }: EksLambdaCluster): ReadonlySet<CfnResource> {
  const name = Tokenization.reverse(clusterName, { failConcat: false });
  const named = Reference.isReference(name) ? [name.target] : [];
  return new Set([...node.findAll(), ...named].filter(isCluster));
}

/** The default of CloudFormation and of `aws-eks` is CONFIG_MAP. */
function modeOf(resource: CfnResource): unknown {
  const { AccessConfig, Config } = inTemplate(resource);
  // In `aws-eks`, the cluster is a custom resource.
  const { accessConfig } = Object(Config);
  return Object(AccessConfig).AuthenticationMode ?? Object(accessConfig).authenticationMode ?? "CONFIG_MAP";
}

/** There, an access entry cannot be made. */
function refuseConfigMapMode(scope: Construct, cluster: EksLambdaCluster): void {
  for (const resource of resourcesOf(cluster))
    if (modeOf(resource) === "CONFIG_MAP")
      Annotations.of(scope).addError(
        `the cluster ${resource.node.path.replace(/(\/(Resource|Default))+$/, "")} has authentication mode CONFIG_MAP, in which it takes no access entries: set authenticationMode: API_AND_CONFIG_MAP`,
      );
}
