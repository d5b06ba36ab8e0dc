/**
 * The commands, their flags and examples. To add a command, write its file in `commands/`, which is loaded when it runs,
 * and define it here.
 */
import type { Definition, Flag, Flags } from "./command.ts";

const common: readonly Flag[] = [
  ["--region <region>", "AWS region (default: AWS_REGION, AWS_DEFAULT_REGION or the profile's region)"],
  ["--profile <name>", "AWS profile (default: AWS_PROFILE)"],
  ["--json", "Print the result as JSON on stdout, and an error as JSON on stderr"],
  ["-q, --quiet", "Print results, questions and errors only"],
  ["-v, --verbose", "Print stack traces of errors, and the function's log"],
];

const cluster: Flag = ["--cluster <name>", "EKS cluster (default: the region's only one)"];
const named: Flag = ["--name <name>", "One of several functions for the cluster, each with its own names"];
const entry: Flag = ["--entry <file>", "Deploy your own function, bundled with your project's esbuild (needs --name)"];
const stack: Flag = ["--stack <name>", "CloudFormation stack (default: eks-lambda-<cluster>)"];
const writing: readonly Flag[] = [
  ["--dry-run", "Show the plan and write nothing"],
  ["--detailed-exitcode", "With --dry-run, exit with 0 if there are no changes, 2 if there are, and 1 after any error"],
  ["-y, --yes", "Don't ask; required without a terminal"],
];
const connection: readonly Flag[] = [
  ["--context <name>", "Connect to the API server with this context of your kubeconfig"],
  ["--allow-other-server", "Accept a context whose server is not the cluster's endpoint, such as a tunnel"],
];

/** Which function it is. The stack of an earlier run supplies the flags that are left out. */
const identified = {
  Options: [
    cluster,
    named,
    ["--namespace <name>", "Namespace where the function may create Deployments (default: default)"],
  ],
  Names: [
    stack,
    ["--function-name <name>", "Lambda function (default: eks-lambda-<cluster>-<region>)"],
    ["--role-name <name>", "Execution role (default: eks-lambda-<cluster>-<region>)"],
    ["--username <name>", "Kubernetes user that the function's role is mapped to (default: lambda)"],
    ["--rbac-name <name>", "Name of Role and RoleBinding (default: lambda-create-deployments)"],
  ],
  Production: [["--cloudformation-role-arn <arn>", "Role that CloudFormation assumes"]],
} satisfies Flags;

/** What setup and teardown do with the kubeconfig. */
const kubeconfig: readonly Flag[] = [
  ["--kubeconfig <file>", "Kubeconfig to change (default: KUBECONFIG or ~/.kube/config, like kubectl)"],
  ["--no-kubeconfig", "Don't write a kubeconfig"],
];

const accessEntries: Flag = ["--enable-access-entries", "Enable access entries for the cluster; this cannot be undone"];

/** What a function, its role and its log are like. */
const configured = {
  Access: [
    [
      "--access <method>",
      "How to map the role: auto, aws-auth or access-entry (default: as before, or auto)",
      ["auto", "aws-auth", "access-entry"],
    ],
    ["--share-username", "Continue if others are mapped to that user, or it has other rights"],
  ],
  Network: [
    [
      "--subnet-ids <ids...>",
      "Run in these subnets of the cluster's VPC, or none (default: the cluster's own, if its endpoint is private)",
    ],
    ["--security-group-ids <ids...>", "Security groups for the function in the VPC (default: a new one)"],
  ],
  Names: [...identified.Names, ["--role-path <path>", "IAM path of the execution role (default: /)"]],
  Production: [
    ["--memory <megabytes>", "Memory of the function, 128 to 10240 (default: 256)"],
    ["--timeout <seconds>", "Time for one invocation, 1 to 900 (default: 30)"],
    [
      "--architecture <name>",
      "arm64, or x86_64 where Lambda does not offer arm64 (default: arm64)",
      ["arm64", "x86_64"],
    ],
    [
      "--event-age <seconds>",
      "Maximum age of an asynchronous event, 60 to 21600; Lambda drops an older one (default: 21600)",
    ],
    ["--event-retries <number>", "Maximum retries of an asynchronous event after an error, 0 to 2 (default: 2)"],
    ["--reserved-concurrency <number>", "Invocations at once, reserved for the function (default: none)"],
    ["--log-retention <days>", "Days to keep the function's log (default: 30)"],
    ["--tags <key=value...>", "Tags for the stack and its resources"],
    ["--permissions-boundary <arn>", "Permissions boundary for the execution role"],
    ["--code-bucket <name>", "S3 bucket for code that a template has no room for (default: code in the template)"],
    ...identified.Production,
  ],
} satisfies Flags;

/** Flags that an empty value takes back: `--memory ''`. Every other flag refuses one. */
export const emptied: ReadonlySet<string> = new Set([
  ...["--memory", "--timeout", "--architecture", "--role-path", "--reserved-concurrency", "--log-retention"],
  ...["--event-age", "--event-retries"],
  ...["--allow-image", "--code-bucket", "--permissions-boundary", "--subnet-ids", "--security-group-ids"],
]);

const setup: Definition = {
  name: "setup",
  description: "Set up a Lambda function that may create Deployments in a cluster; safe to run again",
  group: "Set up",
  effect: "writes",
  alsoCalled: ["apply", "create", "deploy", "init", "install", "up"],
  flags: {
    ...configured,
    Options: [...identified.Options, entry, ...writing],
    Access: [
      [
        "--allow <rules...>",
        "What the function may do, the whole set: ACTION:RESOURCE[.GROUP][/NAME,...][@NAMESPACE] (default: as before, or create:deployments); for an entry that declares nothing, rules as grant takes them",
      ],
      [
        "--allow-image <patterns...>",
        "The only images that the function may bring, for example registry.example.com/team/*@sha256:* (default: as before, or every image)",
      ],
      ...configured.Access,
      accessEntries,
      ["--force-conflicts", "Overwrite a Role with that name that no other stack owns"],
      ...connection,
      ...kubeconfig,
      ["--use-context", "Make it the current context even if there is one"],
      [
        "--exec <command>",
        "Command that kubectl runs for a token: auto, eks-lambda, aws or npx (default: auto)",
        ["auto", "eks-lambda", "aws", "npx"],
      ],
    ],
    Common: common,
  },
  examples: [
    ["the region's only cluster", "eks-lambda setup"],
    ["show the plan and write nothing", "eks-lambda setup --cluster prod --dry-run"],
    ["kept until another value, or '' for the default", "eks-lambda setup --memory 512 --timeout 60"],
    [
      "let it restart and scale one Deployment",
      "eks-lambda setup --allow restart:deployments/web scale:deployments/web",
    ],
    [
      "only images of your registry, by digest",
      "eks-lambda setup --allow set-image:deployments --allow-image 'registry.example.com/*@sha256:*'",
    ],
    ["one more function for the cluster", "eks-lambda setup --name web --namespace web"],
    ["your own function, with the rights it declares", "eks-lambda setup --name web --entry src/web.ts"],
    ["code of any size", "eks-lambda setup --name web --entry src/web.ts --code-bucket my-code"],
    ["in a pipeline", "eks-lambda setup --cluster prod --yes --tags team=web cost-center=7"],
  ],
  run: async (flags) => (await import("./commands/setup.ts")).setup(flags),
};

const teardown: Definition = {
  name: "teardown",
  description: "Remove what setup made, and nothing else",
  group: "Set up",
  effect: "writes",
  alsoCalled: ["clean", "cleanup", "delete", "destroy", "down", "remove", "rm", "uninstall"],
  flags: {
    ...identified,
    Options: [
      ...identified.Options,
      ...writing,
      ["--workloads", "Also delete the Deployments that the function created"],
      ["--aws-only", "Delete only the stack, without the cluster, and print the commands for the rest"],
    ],
    Access: [...connection, ...kubeconfig],
    Common: common,
  },
  examples: [
    ["show the plan and remove nothing", "eks-lambda teardown --dry-run"],
    ["in a pipeline", "eks-lambda teardown --cluster prod --yes"],
    ["with the Deployments that the function made", "eks-lambda teardown --workloads"],
    ["the cluster cannot be reached", "eks-lambda teardown --aws-only"],
    ["one of several functions", "eks-lambda teardown --name web"],
  ],
  run: async (flags) => (await import("./commands/teardown.ts")).teardown(flags),
};

const sandbox: Definition = {
  name: "sandbox",
  description: "Run a command or a shell with an embedded EKS and AWS; needs neither an account nor Docker",
  group: "Set up",
  effect: "reads",
  alsoCalled: ["demo", "playground", "try"],
  arguments: [["[command...]", "Command to run, after --"]],
  flags: {
    Options: [
      ["--cluster <name>", "Name of the cluster (default: demo)"],
      ["--region <region>", "AWS region (default: us-east-1)"],
      [
        "--auth-mode <mode>",
        "Authentication mode: CONFIG_MAP, API_AND_CONFIG_MAP or API (default: CONFIG_MAP)",
        ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"],
      ],
    ],
  },
  examples: [
    ["a shell", "eks-lambda sandbox"],
    ["one command", "eks-lambda sandbox -- eks-lambda setup"],
    ["the tests of your function", "eks-lambda sandbox --auth-mode API -- npm test"],
  ],
  run: async (argv, flags) => (await import("./commands/sandbox.ts")).sandbox(argv, flags),
};

const invoke: Definition = {
  name: "invoke",
  description: "Invoke the function: by default it creates an NGINX Deployment with 2 replicas",
  group: "Use",
  effect: "writes",
  alsoCalled: ["call", "exec", "run"],
  arguments: [
    ["[action]", "Action, such as restart, scale, set-image, run-job, status or check (default: create)"],
    ["[object]", "Object to act on, such as deployments/web"],
  ],
  flags: {
    Options: [
      ["--namespace <name>", "Namespace of the object (default: the function's)"],
      ["--set <fields...>", "Fields of the event: KEY=VALUE"],
      ["--wait", "Wait for the rollout or the Job, with the action status, and show it"],
      ["--timeout <seconds>", "Time for --wait, 1 to 900 (default: 900)"],
      cluster,
      named,
      ["--event <json>", "Event: JSON, @file, or - for standard input (default: {})"],
      ["--local", "Run the handler on this computer, as you, without Lambda"],
      ["--entry <file>", "With --local: the file of your own function"],
    ],
    Access: connection,
    Names: [stack, ["--function <name>", "Lambda function, if it is not the stack's"]],
    Common: common,
  },
  examples: [
    ["an NGINX Deployment", "eks-lambda invoke"],
    ["with a name of your own", `eks-lambda invoke --event '{"name":"web","replicas":3}'`],
    ["what the function may do", "eks-lambda invoke check --json"],
    ["restart, and wait for the rollout", "eks-lambda invoke restart deployments/web --namespace shop --wait"],
    ["another image", "eks-lambda invoke set-image deployments/web --set image=nginx:1.27 --wait"],
    ["how it is", "eks-lambda invoke status deployments/web"],
    ["an event from a file", "eks-lambda invoke --event @event.json"],
    ["as you, without Lambda", "eks-lambda invoke --local"],
  ],
  run: async (action, object, flags) => (await import("./commands/invoke.ts")).invoke(action, object, flags),
};

const logs: Definition = {
  name: "logs",
  description: "Show the function's log",
  group: "Use",
  effect: "reads",
  alsoCalled: ["log", "tail"],
  flags: {
    Options: [
      cluster,
      named,
      ["--since <time>", "From 10m, 2h or 7d ago, or from a time such as 2026-01-31T12:00:00Z (default: 1h)"],
      ["-f, --follow", "Show new events as they arrive, until Ctrl-C"],
    ],
    Names: [stack, ["--function <name>", "Lambda function, if it is not the stack's"]],
    Common: common,
  },
  examples: [
    ["the last hour", "eks-lambda logs"],
    ["as it is written", "eks-lambda logs --follow --since 10m"],
    [
      "errors as data",
      "eks-lambda logs --since 1d --json | jq -r '.message | fromjson? | select(.level == \"ERROR\")'",
    ],
  ],
  run: async (flags) => (await import("./commands/logs.ts")).logs(flags),
};

const list: Definition = {
  name: "list",
  description: "List the functions and granted roles of a cluster: access, version, state, and what each may do",
  group: "Use",
  effect: "reads",
  alsoCalled: ["describe", "get", "info", "ls", "ps", "show"],
  arguments: [["[name]", "The one with this name, stack or function, in detail"]],
  flags: { Options: [cluster], Access: connection, Common: common },
  examples: [
    ["all of them, or the only one in detail", "eks-lambda list"],
    ["one in detail, with the Deployments that it made", "eks-lambda list web"],
    ["as data", "eks-lambda list --cluster prod --json | jq -r '.[].functionName'"],
  ],
  run: async (name, flags) => (await import("./commands/list.ts")).list(name, flags),
};

const doctor: Definition = {
  name: "doctor",
  description: "Diagnose problems and suggest a fix",
  group: "Use",
  effect: "reads",
  alsoCalled: ["check", "debug", "diagnose", "health", "status", "test", "verify"],
  flags: {
    Options: [
      cluster,
      named,
      ["--namespace <name>", "Namespace where the function acts (default: the stack's)"],
      ["--role <arn>", "Check the mapping and rights of another role"],
      ["--token <source>", "Check a token, - for standard input or @file, without sending it anywhere"],
    ],
    Access: connection,
    Names: [stack],
    Common: common,
  },
  examples: [
    ["from your credentials to the function's own view", "eks-lambda doctor"],
    ["a role that exists already", "eks-lambda doctor --role arn:aws:iam::111122223333:role/ci"],
    ["why a token is refused", "pbpaste | eks-lambda doctor --token -"],
  ],
  run: async (flags) => (await import("./commands/doctor.ts")).doctor(flags),
};

/** Flags that grant and revoke share. */
const ofRole = {
  Options: [
    cluster,
    ["--role <arn>", "IAM role that exists already, made by SAM, CDK, Terraform or a CI system"],
    ...writing,
  ],
  Access: connection,
  Common: common,
} satisfies Flags;

const grant: Definition = {
  name: "grant",
  description: "Let a role that exists already act on a cluster, with exactly the rights that you declare",
  group: "Without setup",
  effect: "writes",
  alsoCalled: ["allow"],
  flags: {
    ...ofRole,
    Options: [
      ...ofRole.Options,
      [
        "--allow <rules...>",
        "Right: VERBS RESOURCE[.GROUP][/SUBRESOURCE] [NAME...] [@NAMESPACE], @* for every namespace",
      ],
      ["--namespace <name>", "Namespace for rules that name none (default: default)"],
    ],
    Access: [...connection, ["--share-username", "Continue if others are mapped to the role's user"]],
  },
  note: "The rules are all that the role has by grant: a second run with other rules replaces them.",
  examples: [
    [
      "one Deployment of one namespace",
      "eks-lambda grant --role arn:aws:iam::111122223333:role/ci --allow 'get,patch deployments.apps web @shop'",
    ],
    [
      "several rules",
      "eks-lambda grant --role arn:aws:iam::111122223333:role/ci --allow 'create jobs.batch @ci' --allow 'get pods/log @ci'",
    ],
    [
      "in every namespace; show the plan first",
      "eks-lambda grant --role arn:aws:iam::111122223333:role/audit --allow 'get,list,watch nodes @*' --dry-run",
    ],
  ],
  run: async (flags) => (await import("./commands/grant.ts")).grant(flags),
};

const revoke: Definition = {
  name: "revoke",
  description: "Take back what grant gave a role, and the mapping if grant made it",
  group: "Without setup",
  effect: "writes",
  alsoCalled: ["deny"],
  flags: ofRole,
  examples: [
    ["show the plan", "eks-lambda revoke --role arn:aws:iam::111122223333:role/ci --dry-run"],
    ["in a pipeline", "eks-lambda revoke --role arn:aws:iam::111122223333:role/ci --cluster prod --yes"],
  ],
  run: async (flags) => (await import("./commands/revoke.ts")).revoke(flags),
};

const exporting: Definition = {
  name: "export",
  description: "Write what setup or grant would make as files, and change nothing else",
  group: "Without setup",
  effect: "reads",
  alsoCalled: ["generate", "render", "template"],
  arguments: [["[dir]", "Folder for the files (default: <stack>/sam or <stack>/kubectl)"]],
  flags: {
    ...configured,
    Options: [
      ...identified.Options,
      ["--to <tool>", "sam: the account's half, for the SAM CLI; kubectl: the cluster's half", ["sam", "kubectl"]],
      entry,
      ["--role <arn>", "As grant: a role that exists already; needs no function"],
      ["--allow <rules...>", "As setup: what the function may do; with --role, as grant"],
    ],
    Access: [...configured.Access, ...connection],
    Common: common,
  },
  note: "Those who own the account apply one half, those who own the cluster the other. The files have no secrets.",
  examples: [
    ["then, in its folder: sam build && sam deploy", "eks-lambda export --to sam"],
    ["then: kubectl apply, with deploy/rbac.yaml", "eks-lambda export --to kubectl deploy"],
    ["your own function", "eks-lambda export --to sam --name web --entry src/web.ts"],
    [
      "for a role that exists already",
      "eks-lambda export --to kubectl --role arn:aws:iam::111122223333:role/ci --allow 'get pods @ci'",
    ],
  ],
  run: async (folder, flags) => (await import("./commands/export.ts")).exportFiles(folder, flags),
};

const permissions: Definition = {
  name: "permissions",
  description: "Print the IAM policies and the RBAC that setup or grant needs here",
  group: "Without setup",
  effect: "reads",
  alsoCalled: ["iam", "policies", "policy", "rights"],
  flags: {
    ...configured,
    Options: [
      ...identified.Options,
      entry,
      ["--allow <rules...>", "With an entry that declares nothing: rules as grant takes them"],
      ["--dry-run", "Only what setup --dry-run needs"],
      ["--role <arn>", "What grant needs for this role"],
    ],
    Access: [...configured.Access, ["--enable-access-entries", "With what enables access entries for the cluster"]],
    Common: common,
  },
  examples: [
    ["for setup", "eks-lambda permissions --cluster prod"],
    ["for a function of your own", "eks-lambda permissions --cluster prod --name web --entry src/web.ts"],
    ["the caller's policy", "eks-lambda permissions --cluster prod --json | jq .caller > policy.json"],
    ["for a look at the plan", "eks-lambda permissions --cluster prod --dry-run"],
    ["for grant", "eks-lambda permissions --cluster prod --role arn:aws:iam::111122223333:role/ci"],
  ],
  run: async (flags) => (await import("./commands/permissions.ts")).permissions(flags),
};

const token: Definition = {
  name: "token",
  description: "Print a token for the cluster, as kubectl's exec plugin",
  group: "More",
  effect: "reads",
  alsoCalled: ["get-token", "login"],
  flags: { Options: [cluster], Common: common },
  examples: [["the token alone", "eks-lambda token --cluster demo | jq -r .status.token"]],
  run: async (flags) => (await import("./commands/token.ts")).token(flags),
};

const restore: Definition = {
  name: "aws-auth restore",
  description: "Put an earlier version of aws-auth back",
  group: "More",
  effect: "writes",
  arguments: [["[time]", "Version to put back; without it they are listed"]],
  flags: {
    Options: [cluster, ["-y, --yes", "Don't ask; required without a terminal"]],
    Access: connection,
    Common: common,
  },
  examples: [
    ["list the versions", "eks-lambda aws-auth restore"],
    ["put one back", "eks-lambda aws-auth restore 2026-01-02T03-04-05.000Z"],
  ],
  run: async (time, flags) => (await import("./commands/aws-auth-restore.ts")).restore(time, flags),
};

const completion: Definition = {
  name: "completion",
  description: "Print a script that completes commands and flags in bash, zsh or fish",
  group: "More",
  effect: "reads",
  arguments: [["[shell]", "bash, zsh or fish"]],
  flags: {},
  examples: [
    ["in ~/.bashrc", "source <(eks-lambda completion bash)"],
    ["in ~/.zshrc, after compinit", "source <(eks-lambda completion zsh)"],
    ["once", "eks-lambda completion fish > ~/.config/fish/completions/eks-lambda.fish"],
  ],
  run: async (shell) => (await import("./commands/completion.ts")).completion(shell, definitions),
};

/** In the order of the help. */
export const definitions: readonly Definition[] = [
  ...[setup, teardown, sandbox],
  ...[invoke, logs, list, doctor],
  ...[grant, revoke, exporting, permissions],
  ...[token, restore, completion],
];

/** Commands that only hold others. */
export const parents: Readonly<Record<string, string>> = {
  "aws-auth": "Earlier versions of aws-auth, saved before each write",
};
