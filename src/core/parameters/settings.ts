/**
 * What setup takes and what the stack keeps, once: flag, parameter of template.yml, rule, default, how it is read and
 * shown. Help, completion, types, refusals, plans and hints come from this table. Every start of the command loads it, so
 * it imports nothing large.
 */
import { dnsLabel } from "../actions/fields.ts";
import { counted } from "../text.ts";
import { hash, list, mappings, needs, number, optional, optionalNumber, texts, yesNo } from "./texts.ts";
import { variables } from "./variables.ts";

export interface Rule {
  readonly pattern: RegExp;
  /** Completes "it must be". */
  readonly must: string;
}

/** Values of other flags by their names: `true` for any, `false` for `--no-` and the name, `undefined` for none. */
export type Others = Readonly<Record<string, string | boolean | undefined>>;

/** How a flag is typed. */
export interface Flag {
  /** As commander takes it: `<megabytes>`, `<ids...>`. None for a switch. */
  readonly takes?: `<${string}>` | undefined;
  readonly short?: string;
  /** What it does, without its default. */
  readonly says: string;
  /** The default in words, where it is not a string. */
  readonly otherwise?: string | undefined;
  /** Its values, if they are few. */
  readonly values?: readonly string[];
  /** What `--no-` and its name does. */
  readonly no?: string;
  /** What each of several values looks like, where that can be told from a word of the command: `--set a=1 scale`. */
  readonly like?: RegExp;
  /** Where it would have no effect. There it is refused, because an ignored flag hides a mistake. */
  readonly idle?: readonly Others[];
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
  /** Of a text that `parse` refuses, completes "it must be". */
  readonly must?: string;
  /** Its value is in no parameter line of plans, and in no error or hint. */
  readonly isPrivate?: true;
  /** How the stack's text is read and written, where the value is not a string. */
  readonly parse?: (text: string) => unknown;
  readonly write?: (value: never) => string;
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
  /** Of a name: what is lost with the resource that has the name before. */
  readonly renamed?: (now: string, before: string) => string;
  /** It changes with others only, so that plans do not show it. */
  readonly follows?: true;
}

const part = "[\\w*](?:[\\w.*-]*[\\w*])?";
/** `[HOST[:PORT]/]PATH[:TAG][@DIGEST]` */
const imagePattern = `${part}(?::[\\d*]+(?=/))?(?:/${part})*(?::${part})?(?:@\\w+:[\\w*]+)?`;

const deploying = ["setup", "export", "permissions"] as const;
/** Which function it is. The stack of an earlier run supplies the flags that are left out. */
const naming = [...deploying, "teardown"] as const;

/** Flags of a group, in the help of these commands. */
const flags =
  <const G extends FlagGroup, const C extends SettingFlag["in"]>(group: G, commands: C) =>
  <const T extends `<${string}>` | undefined>(takes: T, says: string, otherwise?: string) =>
    ({ takes, says, otherwise, group, in: commands }) as const;
const identifying = flags("Options", naming);
const calling = flags("Names", naming);
const network = flags("Network", deploying);
const production = flags("Production", deploying);
const allowing = flags("Access", ["setup"]);
const exported = flags("Access", ["setup", "export"]);
const mapping = flags("Access", deploying);
const connecting = flags("Access", ["setup", "teardown", "export"]);

const idle = <const F extends Flag>(flag: F, others: readonly Others[]) => ({ ...flag, idle: others });
/** These select a function, too. */
const selecting: readonly Others[] = [{ function: true }, { role: true }];

/** An empty flag takes it back to its default. */
const option = <const P extends string>(parameter: P, initial = "") => ({ parameter, initial, emptied: true }) as const;
const rule = (pattern: RegExp, must: string): Rule => ({ pattern, must });

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
    rule: rule(/^[0-9A-Za-z][\w-]{0,99}$/, "at most 100 letters, digits, `-` and `_`, the first a letter or digit"),
    flag: idle(identifying("<name>", "EKS cluster", "the region's only one"), [{ function: true }]),
  },
  clusterEndpoint: { parameter: "ClusterEndpoint", variable: "CLUSTER_ENDPOINT" },
  clusterCa: { parameter: "ClusterCa", variable: "CLUSTER_CA" },
  name: {
    ...optional,
    parameter: "Name",
    /** Short, because the names of roles end with it and have 64 characters at most. */
    rule: rule(
      /^[a-z0-9]([-a-z0-9]{0,22}[a-z0-9])?$/,
      "at most 24 lower-case letters, digits and `-`, the first and last a letter or digit",
    ),
    flag: idle(identifying("<name>", "One of several functions for the cluster, each with its own names"), selecting),
  },
  namespace: {
    parameter: "ClusterNamespace",
    initial: "default",
    variable: "CLUSTER_NAMESPACE",
    rule: rule(dnsLabel, "at most 63 lower-case letters, digits and `-`"),
    flag: identifying("<name>", "Namespace where the function may create Deployments"),
  },
  entry: {
    ...optional,
    parameter: "Entry",
    // In the help of export, it follows --to.
    flag: flags("Options", ["setup", "permissions"])(
      "<file>",
      "Deploy your own function, bundled with your project's esbuild (needs --name)",
    ),
  },
  stack: {
    rule: rule(/^[A-Za-z][-A-Za-z0-9]{0,127}$/, "a letter, then letters, digits and `-`, at most 128"),
    flag: idle(calling("<name>", "CloudFormation stack", "eks-lambda-<cluster>"), selecting),
  },
  functionName: {
    parameter: "FunctionName",
    replaces: ["LogGroup", "Function", "EventInvokeConfig", "SecurityGroup"],
    renamed: (now: string, before: string) =>
      `"${now}" is a new function, and "${before}" is deleted: its log is lost then, and what others added to it (triggers, permissions)`,
    rule: rule(/^[\w-]{1,64}$/, "at most 64 letters, digits, `-` and `_`"),
    flag: calling("<name>", "Lambda function", "eks-lambda-<cluster>-<region>"),
  },
  roleName: {
    parameter: "RoleName",
    replaces: ["FunctionRole"],
    renamed: (now: string, before: string) =>
      `"${now}" is a new role, without the policies that others attached to "${before}"`,
    rule: rule(/^[\w+=,.@-]{1,64}$/, "at most 64 letters, digits and `+=,.@_-`"),
    flag: calling("<name>", "Execution role", "eks-lambda-<cluster>-<region>"),
  },
  username: {
    parameter: "KubernetesUsername",
    initial: "lambda",
    variable: "KUBERNETES_USERNAME",
    // Source: https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
    rule: rule(
      /^(?!(system|eks|aws|amazon|iam):)[\w.@:+=,-]{1,128}$/,
      "letters, digits and `.@:+=,_-`, and not begin with system:, eks:, aws:, amazon: or iam:",
    ),
    flag: calling("<name>", "Kubernetes user that the function's role is mapped to"),
  },
  rbacName: {
    parameter: "RbacName",
    initial: "lambda-create-deployments",
    rule: rule(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/, "lower-case letters, digits, `-` and `.`"),
    flag: calling("<name>", "Name of Role and RoleBinding"),
  },
  rolePath: {
    ...option("RolePath", "/"),
    replaces: ["FunctionRole"],
    // Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    rule: rule(/^(?=.{1,512}$)\/([\w+=,.@-]+\/)*$/, "a path such as /team/web/, or / for none"),
    shown: (value) => `role in ${value}`,
    flag: flags("Names", deploying)("<path>", "IAM path of the execution role"),
  },
  memory: {
    ...option("MemorySize", "256"),
    ...number,
    // Source: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    rule: rule(
      /^(12[89]|1[3-9]\d|[2-9]\d\d|[1-9]\d{3}|10[01]\d\d|102[0-3]\d|10240)$/,
      "a number of MB from 128 to 10240",
    ),
    shown: (value) => `${value} MB`,
    flag: production("<megabytes>", "Memory of the function, 128 to 10240"),
  },
  timeout: {
    ...option("Timeout", "30"),
    ...number,
    rule: rule(/^([1-9]\d?|[1-8]\d\d|900)$/, "a number of seconds from 1 to 900"),
    shown: (value) => `${value} s`,
    flag: production("<seconds>", "Time for one invocation, 1 to 900"),
  },
  architecture: {
    ...option("Architecture", "arm64"),
    rule: rule(/^(arm64|x86_64)$/, "arm64 or x86_64"),
    shown: (value) => value,
    flag: {
      ...production("<name>", "arm64, or x86_64 where Lambda does not offer arm64"),
      values: ["arm64", "x86_64"],
    },
  },
  // Source: https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
  eventAge: {
    ...option("MaximumEventAgeInSeconds"),
    ...optionalNumber,
    rule: rule(/^([6-9]\d|[1-9]\d{2,3}|1\d{4}|20\d{3}|21[0-5]\d\d|21600)$/, "a number of seconds from 60 to 21600"),
    shown: (value) => `asynchronous events for at most ${value} s`,
    flag: production(
      "<seconds>",
      "Maximum age of an asynchronous event, 60 to 21600; Lambda drops an older one",
      "21600",
    ),
  },
  eventRetries: {
    ...option("MaximumRetryAttempts"),
    ...optionalNumber,
    rule: rule(/^[0-2]$/, "0, 1 or 2"),
    shown: (value) =>
      `${value === "0" ? "no retries" : counted(Number(value), "retry", "retries")} of asynchronous events`,
    flag: production("<number>", "Maximum retries of an asynchronous event after an error, 0 to 2", "2"),
  },
  reservedConcurrency: {
    ...option("ReservedConcurrency"),
    ...optionalNumber,
    rule: rule(/^[1-9]\d{0,4}$/, "a number of invocations at once, 1 or more"),
    shown: (value) => `at most ${value} at once, reserved`,
    flag: production("<number>", "Invocations at once, reserved for the function", "none"),
  },
  logRetention: {
    ...option("LogRetentionDays", "30"),
    ...number,
    rule: rule(
      /^(1|3|5|7|14|30|60|90|120|150|180|365|400|545|731|1096|1827|2192|2557|2922|3288|3653)$/,
      "a number of days that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, …",
    ),
    shown: (value) => `log kept for ${counted(Number(value), "day")}`,
    flag: production("<days>", "Days to keep the function's log"),
  },
  env: {
    ...variables,
    parameter: "Variables",
    must: "the function's variables, as JSON",
    isPrivate: true,
    flag: flags("Production", ["setup", "export"])(
      "<variables...>",
      "Environment variables of the function: NAME=VALUE, or NAME- to remove one; no secrets",
      "as before, or none",
    ),
  },
  /** The hash of the policy, which the function's role has. */
  policy: {
    parameter: "Policy",
    must: "a SHA-256",
    parse: hash,
    isPrivate: true,
    flag: {
      ...flags("Production", ["setup", "export"])(
        "<file>",
        "IAM policy for other calls of your own function to AWS",
        "as before, or none",
      ),
      no: "Remove that policy",
      idle: [{ entry: undefined }],
    },
  },
  tags: { flag: production("<key=value...>", "Tags for the stack and its resources") },
  permissionsBoundary: {
    ...option("PermissionsBoundary"),
    rule: rule(/^arn:aws[\w-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/, "the ARN of a policy, arn:…:iam::…:policy/…"),
    shown: (value) => `boundary ${value}`,
    flag: production("<arn>", "Permissions boundary for the execution role"),
  },
  codeBucket: {
    ...option("CodeBucket"),
    // Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    rule: rule(
      /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      "the name of a bucket, 3 to 63 lower-case letters, digits, `-` and `.`",
    ),
    shown: (value) => `code in s3://${value}`,
    flag: production("<name>", "S3 bucket for code that is too large for the template", "code in the template"),
  },
  exportName: {
    ...option("ExportName"),
    /**
     * CloudFormation: "The Name field of every Export member must be specified and consist only of alphanumeric characters,
     * colons, or hyphens", and "must not be longer than 256 characters".
     */
    rule: rule(/^[-:A-Za-z0-9]{1,256}$/, "at most 256 letters, digits, `:` and `-`"),
    shown: (value) => `ARN exported as ${value}`,
    flag: {
      ...production(
        "<name>",
        "Export the function's ARN under this name, for !ImportValue in other stacks",
        "no export",
      ),
      no: "Remove the export",
    },
  },
  cloudformationRoleArn: {
    rule: rule(/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, "the ARN of a role, arn:…:iam::…:role/…"),
    flag: flags("Production", naming)("<arn>", "Role that CloudFormation assumes"),
  },
  /** `none` keeps the function out of VPCs. */
  subnetIds: {
    ...option("SubnetIds"),
    ...list,
    rule: rule(
      /^(none|subnet-[0-9a-f]+(,subnet-[0-9a-f]+)*)$/,
      "ids such as subnet-0123456789abcdef0, or none for no VPC",
    ),
    flag: network(
      "<ids...>",
      "Run in these subnets of the cluster's VPC, or none",
      "the cluster's own, if its endpoint is private",
    ),
  },
  securityGroupIds: {
    ...option("SecurityGroupIds"),
    ...list,
    rule: rule(/^sg-[0-9a-f]+(,sg-[0-9a-f]+)*$/, "ids such as sg-0123456789abcdef0"),
    flag: idle(network("<ids...>", "Security groups for the function in the VPC", "a new one"), [
      { subnetIds: "none" },
    ]),
  },
  vpcId: { parameter: "VpcId", replaces: ["SecurityGroup"] },
  clusterSecurityGroupId: { parameter: "ClusterSecurityGroupId", replaces: ["ClusterIngress"] },
  needs: { ...needs, parameter: "Needs", initial: "create deployments.apps", must: "rights as `list` shows them" },
  allow: {
    ...texts,
    parameter: "Allow",
    flag: allowing(
      "<rules...>",
      "What the function may do: all rules, each ACTION:RESOURCE[.GROUP][/NAME,...][@NAMESPACE], or changes: +RULE adds, -RULE removes (default: as before, or create:deployments); if the entry declares no rights, rules as for grant",
    ),
  },
  allowImage: {
    ...option("AllowImage"),
    ...list,
    /** Patterns between commas; a stack keeps 4,096 bytes. */
    rule: rule(
      new RegExp(`^(?=.{1,4096}$)${imagePattern}(,${imagePattern})*$`),
      "an image such as registry.example.com/team/app:1, with * for a part, such as registry.example.com/team/*@sha256:*",
    ),
    shown: (value) => `only images ${value}`,
    flag: exported(
      "<patterns...>",
      "The only images that the function may use, for example registry.example.com/team/*@sha256:*",
      "as before, or every image",
    ),
  },
  access: {
    parameter: "Access",
    initial: "auto",
    rule: rule(/^(auto|aws-auth|access-entry)$/, "one of auto, aws-auth, access-entry"),
    flag: {
      ...mapping("<method>", "How to map the role: auto, aws-auth or access-entry", "as before, or auto"),
      values: ["auto", "aws-auth", "access-entry"],
    },
  },
  mapByAccessEntry: { ...yesNo, parameter: "MapByAccessEntry", initial: "false" },
  shareUsername: { flag: mapping(undefined, "Continue if others are mapped to that user, or it has other rights") },
  enableAccessEntries: {
    flag: idle(allowing(undefined, "Enable access entries for the cluster; this cannot be undone"), [
      { access: "aws-auth" },
    ]),
  },
  forceConflicts: { flag: exported(undefined, "Overwrite a Role with that name that no other stack owns") },
  context: {
    flag: idle(connecting("<name>", "Connect to the API server with this context of your kubeconfig"), [
      { awsOnly: true },
    ]),
  },
  allowOtherServer: {
    flag: idle(connecting(undefined, "Accept a context whose server is not the cluster's endpoint, such as a tunnel"), [
      { context: undefined },
    ]),
  },
  kubeconfig: {
    flag: {
      ...flags("Access", ["setup", "teardown"])(
        "<file>",
        "Kubeconfig to change",
        "KUBECONFIG or ~/.kube/config, like kubectl",
      ),
      no: "Don't write a kubeconfig",
    },
  },
  useContext: {
    flag: idle(allowing(undefined, "Make it the current context, even if another one is"), [{ kubeconfig: false }]),
  },
  exec: {
    initial: "auto",
    rule: rule(/^(auto|eks-lambda|aws|npx)$/, "one of auto, eks-lambda, aws, npx"),
    flag: {
      ...allowing("<command>", "Command that kubectl runs for a token: auto, eks-lambda, aws or npx"),
      values: ["auto", "eks-lambda", "aws", "npx"],
      idle: [{ kubeconfig: false }],
    },
  },
  codeKey: {
    parameter: "CodeKey",
    follows: true,
    rule: rule(/^eks-lambda\/[0-9a-f]{64}\.zip$/, "eks-lambda/, a SHA-256, and .zip"),
  },
  earlierMappings: {
    ...mappings,
    parameter: "EarlierMappings",
    follows: true,
    rule: rule(
      /^(?=.{1,4096}$)([\w+=,.@-]{1,64}\/(?!(system|eks|aws|amazon|iam):)[\w.@:+=,-]{1,128}( |$))+$/,
      "ROLE/USER with spaces between them",
    ),
  },
  /** A stack of an early version has none. */
  version: { ...optional, parameter: "Version" },
  /** Security groups hold no data, so another version of the template may replace them. */
  contentHash: { parameter: "ContentHash", replaces: ["SecurityGroup", "ClusterIngress"] },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof settings;

type With<T> = { [K in SettingName]: (typeof settings)[K] extends T ? K : never }[SettingName];
export const names = Object.keys(settings) as readonly SettingName[];
const having = (...keys: readonly (keyof Setting)[]) =>
  names.filter((name) => keys.every((key) => key in settings[name]));

/** Settings with a flag whose value follows a rule. */
export type RuledName = With<{ readonly flag: Flag; readonly rule: Rule }>;
export const ruled = having("flag", "rule") as readonly RuledName[];

/** Settings that the stack keeps. */
export type KeptName = With<{ readonly parameter: string }>;
export const kept = having("parameter") as readonly KeptName[];

/** What a person may choose of function, role and log. */
export type OptionName = With<{ readonly shown: (value: string) => string }>;
export const optionNames = having("shown") as readonly OptionName[];

/** The flag of an option: `--role-path` for `rolePath`. */
export const flagName = (option: string): string =>
  `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** `--no-kubeconfig` for `kubeconfig`. */
export const noFlagName = (option: string): string => flagName(option).replace("--", "--no-");
