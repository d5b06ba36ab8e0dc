/** Rules for values, whether from a flag or from a stack's parameters. */
import { dnsLabel } from "../actions/fields.ts";

export interface Rule {
  readonly pattern: RegExp;
  /** Completes "it must be". */
  readonly must: string;
}

const part = "[\\w*](?:[\\w.*-]*[\\w*])?";
/** `[HOST[:PORT]/]PATH[:TAG][@DIGEST]` */
const imagePattern = `${part}(?::[\\d*]+(?=/))?(?:/${part})*(?::${part})?(?:@\\w+:[\\w*]+)?`;

export const rules = {
  // Source: https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
  cluster: {
    pattern: /^[0-9A-Za-z][\w-]{0,99}$/,
    must: "at most 100 letters, digits, `-` and `_`, the first a letter or digit",
  },
  /** Short, because the names of roles end with it and have 64 characters at most. */
  name: {
    pattern: /^[a-z0-9]([-a-z0-9]{0,22}[a-z0-9])?$/,
    must: "at most 24 lower-case letters, digits and `-`, the first and last a letter or digit",
  },
  namespace: { pattern: dnsLabel, must: "at most 63 lower-case letters, digits and `-`" },
  // Source: https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
  username: {
    pattern: /^(?!(system|eks|aws|amazon|iam):)[\w.@:+=,-]{1,128}$/,
    must: "letters, digits and `.@:+=,_-`, and not begin with system:, eks:, aws:, amazon: or iam:",
  },
  stack: { pattern: /^[A-Za-z][-A-Za-z0-9]{0,127}$/, must: "a letter, then letters, digits and `-`, at most 128" },
  functionName: { pattern: /^[\w-]{1,64}$/, must: "at most 64 letters, digits, `-` and `_`" },
  roleName: { pattern: /^[\w+=,.@-]{1,64}$/, must: "at most 64 letters, digits and `+=,.@_-`" },
  /** As the stack keeps them. A parameter holds at most 4,096 bytes. */
  earlierMappings: {
    pattern: /^(?=.{1,4096}$)([\w+=,.@-]{1,64}\/(?!(system|eks|aws|amazon|iam):)[\w.@:+=,-]{1,128}( |$))+$/,
    must: "ROLE/USER with spaces between them",
  },
  rbacName: {
    pattern: /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/,
    must: "lower-case letters, digits, `-` and `.`",
  },
  // Source: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
  memory: {
    pattern: /^(12[89]|1[3-9]\d|[2-9]\d\d|[1-9]\d{3}|10[01]\d\d|102[0-3]\d|10240)$/,
    must: "a number of MB from 128 to 10240",
  },
  timeout: { pattern: /^([1-9]\d?|[1-8]\d\d|900)$/, must: "a number of seconds from 1 to 900" },
  // Source: https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
  eventAge: {
    pattern: /^([6-9]\d|[1-9]\d{2,3}|1\d{4}|20\d{3}|21[0-5]\d\d|21600)$/,
    must: "a number of seconds from 60 to 21600",
  },
  eventRetries: { pattern: /^[0-2]$/, must: "0, 1 or 2" },
  architecture: { pattern: /^(arm64|x86_64)$/, must: "arm64 or x86_64" },
  reservedConcurrency: { pattern: /^[1-9]\d{0,4}$/, must: "a number of invocations at once, 1 or more" },
  // Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
  rolePath: { pattern: /^(?=.{1,512}$)\/([\w+=,.@-]+\/)*$/, must: "a path such as /team/web/, or / for none" },
  logRetention: {
    pattern: /^(1|3|5|7|14|30|60|90|120|150|180|365|400|545|731|1096|1827|2192|2557|2922|3288|3653)$/,
    must: "a number of days that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, …",
  },
  /** Patterns between commas; a stack keeps 4,096 bytes. */
  allowImage: {
    pattern: new RegExp(`^(?=.{1,4096}$)${imagePattern}(,${imagePattern})*$`),
    must: "an image such as registry.example.com/team/app:1, with * for a part, such as registry.example.com/team/*@sha256:*",
  },
  // Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  codeBucket: {
    pattern: /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    must: "the name of a bucket, 3 to 63 lower-case letters, digits, `-` and `.`",
  },
  codeKey: { pattern: /^eks-lambda\/[0-9a-f]{64}\.zip$/, must: "eks-lambda/, a SHA-256, and .zip" },
  permissionsBoundary: {
    pattern: /^arn:aws[\w-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/,
    must: "the ARN of a policy, arn:…:iam::…:policy/…",
  },
  cloudformationRoleArn: {
    pattern: /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    must: "the ARN of a role, arn:…:iam::…:role/…",
  },
  /** A role, or a session of it as STS names it. */
  role: {
    pattern: /^arn:aws[\w-]*:(iam|sts)::\d{12}:(role|assumed-role)\/[\w+=,.@/-]+$/,
    must: "the ARN of a role, arn:…:iam::…:role/…",
  },
  subnetIds: {
    pattern: /^(none|subnet-[0-9a-f]+(,subnet-[0-9a-f]+)*)$/,
    must: "ids such as subnet-0123456789abcdef0, or none for no VPC",
  },
  securityGroupIds: { pattern: /^sg-[0-9a-f]+(,sg-[0-9a-f]+)*$/, must: "ids such as sg-0123456789abcdef0" },
} as const satisfies Readonly<Record<string, Rule>>;
