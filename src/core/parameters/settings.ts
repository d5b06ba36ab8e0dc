/**
 * What setup takes and what the stack keeps, once: flag, parameter of template.yml, rule, default, how it is read and
 * shown. Help, completion, types, refusals, plans and hints come from this table. Every start of the command loads it, so
 * it imports nothing large.
 */
import { dnsLabel } from "../actions/fields.ts";
import { counted } from "../counted.ts";
import { list, mappings, needs, number, optional, optionalNumber, texts, yesNo } from "./texts.ts";

export interface Rule {
  readonly pattern: RegExp;
  /** Completes "it must be". */
  readonly must: string;
}

/** How a flag is typed. */
export interface Flag {
  /** As commander takes it: `<megabytes>`, `<ids...>`. None for a switch. */
  readonly takes?: `<${string}>`;
  readonly short?: string;
  /** What it does, without its default. */
  readonly says: string;
  /** The default in words, where it is no text. */
  readonly otherwise?: string | undefined;
  /** Its values, if they are few. */
  readonly values?: readonly string[];
  /** What `--no-` and its name does. */
  readonly no?: string;
}

/** Headings in the help of a command, in their order. */
export const flagGroups = ["Options", "Access", "Network", "Names", "Production", "Common"] as const;
export type FlagGroup = (typeof flagGroups)[number];

/** Of a setting, in the help of these commands. */
interface SettingFlag extends Flag {
  readonly group: FlagGroup;
  readonly in: readonly ("setup" | "teardown" | "export" | "permissions")[];
}

/** The resources of template.yml. */
export type LogicalId =
  | "AccessEntry"
  | "ClusterIngress"
  | "EventInvokeConfig"
  | "Function"
  | "FunctionRole"
  | "LogGroup"
  | "SecurityGroup";

export interface Setting {
  readonly flag?: SettingFlag;
  /** The parameter of template.yml that keeps it. */
  readonly parameter?: string;
  /** Of the value, whether from the flag or from the stack. */
  readonly rule?: Rule;
  /** What an unset parameter means, as template.yml has it; without it, empty. `deployed.ts` derives some from the cluster. */
  readonly initial?: string;
  /** `--memory ''` takes it back to its default. Every other flag refuses an empty value. */
  readonly emptied?: true;
  /** An option of function, role or log: its value in the plan's summary, where it is not the default. */
  readonly shown?: (value: string) => string;
  /** The environment variable that template.yml gives the function with this value. */
  readonly variable?: string;
  /**
   * The resources that CloudFormation replaces when it changes.
   * Source: `createOnlyProperties` in the schemas of CloudFormation's registry.
   */
  readonly replaces?: readonly LogicalId[];
  /** It changes with others only, so that plans do not show it. */
  readonly follows?: true;
}

const part = "[\\w*](?:[\\w.*-]*[\\w*])?";
/** `[HOST[:PORT]/]PATH[:TAG][@DIGEST]` */
const imagePattern = `${part}(?::[\\d*]+(?=/))?(?:/${part})*(?::${part})?(?:@\\w+:[\\w*]+)?`;

const deploying = ["setup", "export", "permissions"] as const;
/** Which function it is. The stack of an earlier run supplies the flags that are left out. */
const naming = [...deploying, "teardown"] as const;

type Takes = `<${string}>`;
/** Flags by the group and the commands that have them. */
const identifying = <const T extends Takes>(takes: T, says: string, otherwise?: string) =>
  ({ takes, says, otherwise, group: "Options", in: naming }) as const;
const name = (says: string, otherwise?: string) =>
  ({ takes: "<name>", says, otherwise, group: "Names", in: naming }) as const;
const network = (says: string, otherwise?: string) =>
  ({ takes: "<ids...>", says, otherwise, group: "Network", in: deploying }) as const;
const production = <const T extends Takes>(takes: T, says: string, otherwise?: string) =>
  ({ takes, says, otherwise, group: "Production", in: deploying }) as const;
const switching = (says: string) => ({ says, group: "Access", in: ["setup"] }) as const;
const connecting = ["setup", "teardown", "export"] as const;

/** The ARN of a role, or of a session of it as STS names it. */
export const roleRule: Rule = {
  pattern: /^arn:aws[\w-]*:(iam|sts)::\d{12}:(role|assumed-role)\/[\w+=,.@/-]+$/,
  must: "the ARN of a role, arn:…:iam::…:role/…",
};

/** In the order of help, plans and hints. */
export const settings = {
  cluster: {
    parameter: "ClusterName",
    variable: "CLUSTER_NAME",
    replaces: ["AccessEntry"],
    // Source: https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
    rule: {
      pattern: /^[0-9A-Za-z][\w-]{0,99}$/,
      must: "at most 100 letters, digits, `-` and `_`, the first a letter or digit",
    },
    flag: identifying("<name>", "EKS cluster", "the region's only one"),
  },
  clusterEndpoint: { parameter: "ClusterEndpoint", variable: "CLUSTER_ENDPOINT" },
  clusterCa: { parameter: "ClusterCa", variable: "CLUSTER_CA" },
  name: {
    ...optional,
    parameter: "Name",
    /** Short, because the names of roles end with it and have 64 characters at most. */
    rule: {
      pattern: /^[a-z0-9]([-a-z0-9]{0,22}[a-z0-9])?$/,
      must: "at most 24 lower-case letters, digits and `-`, the first and last a letter or digit",
    },
    flag: identifying("<name>", "One of several functions for the cluster, each with its own names"),
  },
  namespace: {
    parameter: "ClusterNamespace",
    initial: "default",
    variable: "CLUSTER_NAMESPACE",
    rule: { pattern: dnsLabel, must: "at most 63 lower-case letters, digits and `-`" },
    flag: identifying("<name>", "Namespace where the function may create Deployments"),
  },
  entry: {
    ...optional,
    parameter: "Entry",
    flag: {
      takes: "<file>",
      says: "Deploy your own function, bundled with your project's esbuild (needs --name)",
      group: "Options",
      // In the help of export, it follows --to.
      in: ["setup", "permissions"],
    },
  },
  stack: {
    rule: { pattern: /^[A-Za-z][-A-Za-z0-9]{0,127}$/, must: "a letter, then letters, digits and `-`, at most 128" },
    flag: name("CloudFormation stack", "eks-lambda-<cluster>"),
  },
  functionName: {
    parameter: "FunctionName",
    replaces: ["LogGroup", "Function", "EventInvokeConfig", "SecurityGroup"],
    rule: { pattern: /^[\w-]{1,64}$/, must: "at most 64 letters, digits, `-` and `_`" },
    flag: name("Lambda function", "eks-lambda-<cluster>-<region>"),
  },
  roleName: {
    parameter: "RoleName",
    replaces: ["FunctionRole"],
    rule: { pattern: /^[\w+=,.@-]{1,64}$/, must: "at most 64 letters, digits and `+=,.@_-`" },
    flag: name("Execution role", "eks-lambda-<cluster>-<region>"),
  },
  username: {
    parameter: "KubernetesUsername",
    initial: "lambda",
    variable: "KUBERNETES_USERNAME",
    // Source: https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
    rule: {
      pattern: /^(?!(system|eks|aws|amazon|iam):)[\w.@:+=,-]{1,128}$/,
      must: "letters, digits and `.@:+=,_-`, and not begin with system:, eks:, aws:, amazon: or iam:",
    },
    flag: name("Kubernetes user that the function's role is mapped to"),
  },
  rbacName: {
    parameter: "RbacName",
    initial: "lambda-create-deployments",
    rule: { pattern: /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/, must: "lower-case letters, digits, `-` and `.`" },
    flag: name("Name of Role and RoleBinding"),
  },
  rolePath: {
    parameter: "RolePath",
    initial: "/",
    emptied: true,
    replaces: ["FunctionRole"],
    // Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    rule: { pattern: /^(?=.{1,512}$)\/([\w+=,.@-]+\/)*$/, must: "a path such as /team/web/, or / for none" },
    shown: (value: string) => `role in ${value}`,
    flag: { takes: "<path>", says: "IAM path of the execution role", group: "Names", in: deploying },
  },
  memory: {
    ...number,
    parameter: "MemorySize",
    initial: "256",
    emptied: true,
    // Source: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    rule: {
      pattern: /^(12[89]|1[3-9]\d|[2-9]\d\d|[1-9]\d{3}|10[01]\d\d|102[0-3]\d|10240)$/,
      must: "a number of MB from 128 to 10240",
    },
    shown: (value: string) => `${value} MB`,
    flag: production("<megabytes>", "Memory of the function, 128 to 10240"),
  },
  timeout: {
    ...number,
    parameter: "Timeout",
    initial: "30",
    emptied: true,
    rule: { pattern: /^([1-9]\d?|[1-8]\d\d|900)$/, must: "a number of seconds from 1 to 900" },
    shown: (value: string) => `${value} s`,
    flag: production("<seconds>", "Time for one invocation, 1 to 900"),
  },
  architecture: {
    parameter: "Architecture",
    initial: "arm64",
    emptied: true,
    rule: { pattern: /^(arm64|x86_64)$/, must: "arm64 or x86_64" },
    shown: (value: string) => value,
    flag: {
      ...production("<name>", "arm64, or x86_64 where Lambda does not offer arm64"),
      values: ["arm64", "x86_64"],
    },
  },
  // Source: https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
  eventAge: {
    ...optionalNumber,
    parameter: "MaximumEventAgeInSeconds",
    emptied: true,
    rule: {
      pattern: /^([6-9]\d|[1-9]\d{2,3}|1\d{4}|20\d{3}|21[0-5]\d\d|21600)$/,
      must: "a number of seconds from 60 to 21600",
    },
    shown: (value: string) => `asynchronous events for at most ${value} s`,
    flag: production(
      "<seconds>",
      "Maximum age of an asynchronous event, 60 to 21600; Lambda drops an older one",
      "21600",
    ),
  },
  eventRetries: {
    ...optionalNumber,
    parameter: "MaximumRetryAttempts",
    emptied: true,
    rule: { pattern: /^[0-2]$/, must: "0, 1 or 2" },
    shown: (value: string) =>
      `${value === "0" ? "no retries" : counted(Number(value), "retry", "retries")} of asynchronous events`,
    flag: production("<number>", "Maximum retries of an asynchronous event after an error, 0 to 2", "2"),
  },
  reservedConcurrency: {
    ...optionalNumber,
    parameter: "ReservedConcurrency",
    emptied: true,
    rule: { pattern: /^[1-9]\d{0,4}$/, must: "a number of invocations at once, 1 or more" },
    shown: (value: string) => `at most ${value} at once, reserved`,
    flag: production("<number>", "Invocations at once, reserved for the function", "none"),
  },
  logRetention: {
    ...number,
    parameter: "LogRetentionDays",
    initial: "30",
    emptied: true,
    rule: {
      pattern: /^(1|3|5|7|14|30|60|90|120|150|180|365|400|545|731|1096|1827|2192|2557|2922|3288|3653)$/,
      must: "a number of days that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, …",
    },
    shown: (value: string) => `log kept for ${counted(Number(value), "day")}`,
    flag: production("<days>", "Days to keep the function's log"),
  },
  tags: { flag: production("<key=value...>", "Tags for the stack and its resources") },
  permissionsBoundary: {
    parameter: "PermissionsBoundary",
    emptied: true,
    rule: {
      pattern: /^arn:aws[\w-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/,
      must: "the ARN of a policy, arn:…:iam::…:policy/…",
    },
    shown: (value: string) => `boundary ${value}`,
    flag: production("<arn>", "Permissions boundary for the execution role"),
  },
  codeBucket: {
    parameter: "CodeBucket",
    emptied: true,
    // Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    rule: {
      pattern: /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      must: "the name of a bucket, 3 to 63 lower-case letters, digits, `-` and `.`",
    },
    shown: (value: string) => `code in s3://${value}`,
    flag: production("<name>", "S3 bucket for code that a template has no room for", "code in the template"),
  },
  cloudformationRoleArn: {
    rule: {
      pattern: /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
      must: "the ARN of a role, arn:…:iam::…:role/…",
    },
    flag: { takes: "<arn>", says: "Role that CloudFormation assumes", group: "Production", in: naming },
  },
  /** `none` keeps the function out of VPCs. */
  subnetIds: {
    parameter: "SubnetIds",
    emptied: true,
    rule: {
      pattern: /^(none|subnet-[0-9a-f]+(,subnet-[0-9a-f]+)*)$/,
      must: "ids such as subnet-0123456789abcdef0, or none for no VPC",
    },
    flag: network(
      "Run in these subnets of the cluster's VPC, or none",
      "the cluster's own, if its endpoint is private",
    ),
  },
  securityGroupIds: {
    parameter: "SecurityGroupIds",
    emptied: true,
    rule: { pattern: /^sg-[0-9a-f]+(,sg-[0-9a-f]+)*$/, must: "ids such as sg-0123456789abcdef0" },
    flag: network("Security groups for the function in the VPC", "a new one"),
  },
  vpcId: { parameter: "VpcId", replaces: ["SecurityGroup"] },
  clusterSecurityGroupId: { parameter: "ClusterSecurityGroupId", replaces: ["ClusterIngress"] },
  needs: { ...needs, parameter: "Needs", initial: "create deployments.apps" },
  allow: {
    ...texts,
    parameter: "Allow",
    flag: {
      takes: "<rules...>",
      says: "What the function may do, the whole set: ACTION:RESOURCE[.GROUP][/NAME,...][@NAMESPACE] (default: as before, or create:deployments); for an entry that declares nothing, rules as grant takes them",
      group: "Access",
      in: ["setup"],
    },
  },
  allowImage: {
    ...list,
    parameter: "AllowImage",
    emptied: true,
    /** Patterns between commas; a stack keeps 4,096 bytes. */
    rule: {
      pattern: new RegExp(`^(?=.{1,4096}$)${imagePattern}(,${imagePattern})*$`),
      must: "an image such as registry.example.com/team/app:1, with * for a part, such as registry.example.com/team/*@sha256:*",
    },
    shown: (value: string) => `only images ${value}`,
    flag: {
      takes: "<patterns...>",
      says: "The only images that the function may bring, for example registry.example.com/team/*@sha256:*",
      otherwise: "as before, or every image",
      group: "Access",
      in: ["setup"],
    },
  },
  access: {
    parameter: "Access",
    initial: "auto",
    flag: {
      takes: "<method>",
      says: "How to map the role: auto, aws-auth or access-entry",
      otherwise: "as before, or auto",
      values: ["auto", "aws-auth", "access-entry"],
      group: "Access",
      in: deploying,
    },
  },
  mapByAccessEntry: { ...yesNo, parameter: "MapByAccessEntry", initial: "false" },
  shareUsername: {
    flag: {
      says: "Continue if others are mapped to that user, or it has other rights",
      group: "Access",
      in: deploying,
    },
  },
  enableAccessEntries: { flag: switching("Enable access entries for the cluster; this cannot be undone") },
  forceConflicts: { flag: switching("Overwrite a Role with that name that no other stack owns") },
  context: {
    flag: {
      takes: "<name>",
      says: "Connect to the API server with this context of your kubeconfig",
      group: "Access",
      in: connecting,
    },
  },
  allowOtherServer: {
    flag: {
      says: "Accept a context whose server is not the cluster's endpoint, such as a tunnel",
      group: "Access",
      in: connecting,
    },
  },
  kubeconfig: {
    flag: {
      takes: "<file>",
      says: "Kubeconfig to change",
      no: "Don't write a kubeconfig",
      otherwise: "KUBECONFIG or ~/.kube/config, like kubectl",
      group: "Access",
      in: ["setup", "teardown"],
    },
  },
  useContext: { flag: switching("Make it the current context even if there is one") },
  exec: {
    initial: "auto",
    flag: {
      takes: "<command>",
      says: "Command that kubectl runs for a token: auto, eks-lambda, aws or npx",
      values: ["auto", "eks-lambda", "aws", "npx"],
      group: "Access",
      in: ["setup"],
    },
  },
  codeKey: {
    parameter: "CodeKey",
    follows: true,
    rule: { pattern: /^eks-lambda\/[0-9a-f]{64}\.zip$/, must: "eks-lambda/, a SHA-256, and .zip" },
  },
  earlierMappings: {
    ...mappings,
    parameter: "EarlierMappings",
    follows: true,
    rule: {
      pattern: /^(?=.{1,4096}$)([\w+=,.@-]{1,64}\/(?!(system|eks|aws|amazon|iam):)[\w.@:+=,-]{1,128}( |$))+$/,
      must: "ROLE/USER with spaces between them",
    },
  },
  /** A stack of an early version has none. */
  version: { ...optional, parameter: "Version" },
  /** Security groups hold no data, so another version of the template may replace them. */
  contentHash: { parameter: "ContentHash", replaces: ["SecurityGroup", "ClusterIngress"] },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof settings;

type With<T> = { [K in SettingName]: (typeof settings)[K] extends T ? K : never }[SettingName];
const names = Object.keys(settings) as readonly SettingName[];

/** Settings with a flag whose value follows a rule. */
export type RuledName = With<{ readonly flag: Flag; readonly rule: Rule }>;
export const ruled: readonly RuledName[] = names.filter(
  (name): name is RuledName => "flag" in settings[name] && "rule" in settings[name],
);

/** What a person may choose of function, role and log. */
export type OptionName = With<{ readonly shown: (value: string) => string }>;
export const optionNames: readonly OptionName[] = names.filter((name): name is OptionName => "shown" in settings[name]);
