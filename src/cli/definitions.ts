/**
 * The commands and their examples; their flags are in `flag-table.ts`. To add a command, write its file in `commands/`,
 * and define it here. The file is loaded when the command runs.
 */
import { type Definition, define } from "./command.ts";

/** In the order of the help. */
export const definitions: readonly Definition[] = [
  define("setup", {
    description: "Set up a Lambda function that may create Deployments in a cluster; safe to run again",
    group: "Set up",
    effect: "writes",
    alsoCalled: ["apply", "create", "deploy", "init", "install", "up"],
    often: ["cluster", "name", "namespace", "entry", "allow", "allowImage", "env", "region", "dryRun", "yes"],
    examples: [
      ["the region's only cluster", "eks-lambda setup"],
      ["show the plan and write nothing", "eks-lambda setup --cluster prod --dry-run"],
      ["kept by later runs; '' restores the default", "eks-lambda setup --memory 512 --timeout 60"],
      [
        "let it restart and scale one Deployment",
        "eks-lambda setup --allow restart:deployments/web scale:deployments/web",
      ],
      [
        "allow one more action, remove another",
        "eks-lambda setup --allow +undo:deployments/web --allow=-scale:deployments/web",
      ],
      [
        "only images of your registry, by digest",
        "eks-lambda setup --allow set-image:deployments --allow-image 'registry.example.com/*@sha256:*'",
      ],
      ["one more function for the cluster", "eks-lambda setup --name web --namespace web"],
      ["your own function, with the rights it declares", "eks-lambda setup --name web --entry src/web.ts"],
      ["environment variables; NAME- removes one", "eks-lambda setup --name web --entry src/web.ts --env TABLE=orders"],
      ["with rights in AWS", "eks-lambda setup --name web --entry src/web.ts --policy policy.json"],
      ["for !ImportValue in other stacks", "eks-lambda setup --export-name eks-lambda-demo"],
      ["code of any size", "eks-lambda setup --name web --entry src/web.ts --code-bucket my-code"],
      ["in a pipeline", "eks-lambda setup --cluster prod --yes --tags team=web cost-center=7"],
    ],
    run: async (flags) => (await import("./commands/setup.ts")).setup(flags),
  }),
  define("teardown", {
    description: "Remove only what setup created",
    group: "Set up",
    effect: "writes",
    alsoCalled: ["clean", "cleanup", "delete", "destroy", "down", "remove", "rm", "uninstall"],
    examples: [
      ["show the plan and remove nothing", "eks-lambda teardown --dry-run"],
      ["in a pipeline", "eks-lambda teardown --cluster prod --yes"],
      ["with the Deployments that the function created", "eks-lambda teardown --workloads"],
      ["the cluster cannot be reached", "eks-lambda teardown --aws-only"],
      ["one of several functions", "eks-lambda teardown --name web"],
    ],
    run: async (flags) => (await import("./commands/teardown.ts")).teardown(flags),
  }),
  define("sandbox", {
    description: "Run a command or a shell with an embedded EKS and AWS; needs neither an account nor Docker",
    group: "Set up",
    effect: "reads",
    alsoCalled: ["demo", "playground", "try"],
    arguments: [["[command...]", "Command to run, after --"]],
    examples: [
      ["a shell", "eks-lambda sandbox"],
      ["one command", "eks-lambda sandbox -- eks-lambda setup"],
      ["the tests of your function", "eks-lambda sandbox --auth-mode API -- npm test"],
    ],
    run: async (flags, words) => (await import("./commands/sandbox.ts")).sandbox(words, flags),
  }),
  define("invoke", {
    description: "Invoke the function: by default it creates an NGINX Deployment with 2 replicas",
    group: "Use",
    effect: "writes",
    alsoCalled: ["call", "exec", "run"],
    arguments: [
      ["[action]", "Action, such as restart, scale, set-image, apply, run-job, status, get or check (default: create)"],
      ["[object]", "Object to act on, such as deployments/web"],
      ["[to]", "Replicas for scale, image for set-image, revision for undo, JSONPath for get"],
    ],
    // As kubectl: `deployment web`.
    mostWords: 4,
    examples: [
      ["an NGINX Deployment", "eks-lambda invoke"],
      ["with a name", "eks-lambda invoke create web --replicas 3"],
      ["what the function may do", "eks-lambda invoke check --json"],
      ["restart, and wait for the rollout", "eks-lambda restart deployments/web -n shop --wait"],
      ["another image", "eks-lambda set-image deployments/web nginx:1.27 --wait"],
      ["more replicas", "eks-lambda scale deployments/web 5"],
      ["the state of a Deployment", "eks-lambda invoke status deployments/web"],
      ["a value of an object", "eks-lambda invoke get services/web '{.spec.clusterIP}'"],
      ["manifests, from files, folders or -", "eks-lambda invoke apply -f web.yaml"],
      ["an event from a file", "eks-lambda invoke --event @event.json"],
      ["as you, without Lambda", "eks-lambda invoke --local"],
    ],
    run: async (flags, words) => (await import("./commands/invoke.ts")).invoke(words, flags),
  }),
  define("logs", {
    description: "Show the function's log",
    group: "Use",
    effect: "reads",
    alsoCalled: ["log", "tail"],
    examples: [
      ["the last hour", "eks-lambda logs"],
      ["new events as they arrive", "eks-lambda logs --follow --since 10m"],
      ["the last ten errors", "eks-lambda logs --errors --tail 10"],
      ["errors as data", "eks-lambda logs --errors --since 1d --json | jq -r .message"],
    ],
    run: async (flags) => (await import("./commands/logs.ts")).logs(flags),
  }),
  define("list", {
    description: "List the functions and granted roles of a cluster: access, version, state, and what each may do",
    group: "Use",
    effect: "reads",
    alsoCalled: ["describe", "get", "info", "ls", "ps", "show"],
    arguments: [["[name]", "Show one in detail, by name, stack or function"]],
    examples: [
      ["all of them, or the only one in detail", "eks-lambda list"],
      ["one in detail, with the Deployments that it created", "eks-lambda list web"],
      ["as data", "eks-lambda list --cluster prod --json | jq -r '.[].functionName'"],
    ],
    run: async (flags, [name]) => (await import("./commands/list.ts")).list(name, flags),
  }),
  define("doctor", {
    description: "Diagnose problems and suggest a fix",
    group: "Use",
    effect: "reads",
    alsoCalled: ["check", "debug", "diagnose", "health", "status", "test", "verify"],
    examples: [
      ["from your credentials to the function's own view", "eks-lambda doctor"],
      ["an existing role", "eks-lambda doctor --role arn:aws:iam::111122223333:role/ci"],
      ["why a token is refused", "pbpaste | eks-lambda doctor --token -"],
    ],
    run: async (flags) => (await import("./commands/doctor.ts")).doctor(flags),
  }),
  define("smoke", {
    description: "Try setup, invoke, grant and teardown on a cluster, with its own resources",
    group: "Use",
    effect: "writes",
    alsoCalled: ["acceptance", "e2e", "selftest", "smoke-test", "trial"],
    note: "It creates two functions and a role, maps them by each way that the cluster allows, and removes all of it.",
    examples: [
      ["shows what it makes, and asks", "eks-lambda smoke --cluster staging"],
      ["a report without names", "eks-lambda smoke --cluster staging --yes --json > smoke.json"],
      ["after one that was killed", "eks-lambda smoke --cluster staging --clean"],
    ],
    run: async (flags) => (await import("./commands/smoke.ts")).smoke(flags),
  }),
  define("grant", {
    description: "Give an existing role exactly the rights that you declare",
    group: "Without setup",
    effect: "writes",
    alsoCalled: ["allow"],
    note: "The rules replace all rules of an earlier grant for the role.",
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
  }),
  define("revoke", {
    description: "Remove the rights that grant gave a role, and its mapping if grant created it",
    group: "Without setup",
    effect: "writes",
    alsoCalled: ["deny"],
    examples: [
      ["show the plan", "eks-lambda revoke --role arn:aws:iam::111122223333:role/ci --dry-run"],
      ["in a pipeline", "eks-lambda revoke --role arn:aws:iam::111122223333:role/ci --cluster prod --yes"],
    ],
    run: async (flags) => (await import("./commands/revoke.ts")).revoke(flags),
  }),
  define("export", {
    description: "Write files with what setup or grant would create; changes nothing else",
    group: "Without setup",
    effect: "reads",
    alsoCalled: ["generate", "render", "template"],
    often: ["to", "cluster", "name", "namespace", "entry", "role", "allow", "region"],
    arguments: [["[dir]", "Folder for the files (default: <stack>/sam or <stack>/kubectl)"]],
    note: "The owners of the account apply one half, the owners of the cluster the other. The files contain no secrets.",
    examples: [
      ["then, in its folder: sam build && sam deploy", "eks-lambda export --to sam"],
      ["then: kubectl apply, with deploy/rbac.yaml", "eks-lambda export --to kubectl deploy"],
      ["your own function", "eks-lambda export --to sam --name web --entry src/web.ts"],
      [
        "for an existing role",
        "eks-lambda export --to kubectl --role arn:aws:iam::111122223333:role/ci --allow 'get pods @ci'",
      ],
    ],
    run: async (flags, [folder]) => (await import("./commands/export.ts")).exportFiles(folder, flags),
  }),
  define("permissions", {
    description: "Print the IAM policies and the RBAC that setup, grant or smoke needs here",
    group: "Without setup",
    effect: "reads",
    alsoCalled: ["iam", "policies", "policy", "rights"],
    often: ["cluster", "name", "namespace", "entry", "role", "allow", "smoke", "dryRun", "region", "json"],
    examples: [
      ["for setup", "eks-lambda permissions --cluster prod"],
      ["for your own function", "eks-lambda permissions --cluster prod --name web --entry src/web.ts"],
      ["the caller's policy", "eks-lambda permissions --cluster prod --json | jq .caller > policy.json"],
      ["for setup --dry-run", "eks-lambda permissions --cluster prod --dry-run"],
      ["for grant", "eks-lambda permissions --cluster prod --role arn:aws:iam::111122223333:role/ci"],
      ["for smoke", "eks-lambda permissions --cluster staging --smoke"],
    ],
    run: async (flags) => (await import("./commands/permissions.ts")).permissions(flags),
  }),
  define("token", {
    description: "Print a token for the cluster (an exec plugin for kubectl)",
    group: "More",
    effect: "reads",
    alsoCalled: ["get-token", "login"],
    examples: [["only the token", "eks-lambda token --cluster demo | jq -r .status.token"]],
    run: async (flags) => (await import("./commands/token.ts")).token(flags),
  }),
  define("aws-auth restore", {
    description: "Restore an earlier version of aws-auth",
    group: "More",
    effect: "writes",
    arguments: [["[time]", "Version to restore; lists the versions if you leave it out"]],
    examples: [
      ["list the versions", "eks-lambda aws-auth restore"],
      ["restore one", "eks-lambda aws-auth restore 2026-01-02T03-04-05.000Z"],
    ],
    run: async (flags, [time]) => (await import("./commands/aws-auth-restore.ts")).restore(time, flags),
  }),
  define("completion", {
    description: "Print a script that completes commands, flags, actions and functions in bash, zsh or fish",
    group: "More",
    effect: "reads",
    arguments: [["[shell]", "bash, zsh or fish"]],
    examples: [
      ["in ~/.bashrc", "source <(eks-lambda completion bash)"],
      ["in ~/.zshrc, after compinit", "source <(eks-lambda completion zsh)"],
      ["once", "eks-lambda completion fish > ~/.config/fish/completions/eks-lambda.fish"],
    ],
    run: async (_, [shell]) => (await import("./commands/completion.ts")).completion(shell, definitions),
  }),
];

/** Commands that only hold others. */
export const parents: Readonly<Record<string, string>> = {
  "aws-auth": "Earlier versions of aws-auth, saved before each write",
};
