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
      [
        "variables of the function, kept until NAME-",
        "eks-lambda setup --name web --entry src/web.ts --env TABLE=orders",
      ],
      ["with rights in AWS", "eks-lambda setup --name web --entry src/web.ts --policy policy.json"],
      ["code of any size", "eks-lambda setup --name web --entry src/web.ts --code-bucket my-code"],
      ["in a pipeline", "eks-lambda setup --cluster prod --yes --tags team=web cost-center=7"],
    ],
    run: async (flags) => (await import("./commands/setup.ts")).setup(flags),
  }),
  define("teardown", {
    description: "Remove what setup made, and nothing else",
    group: "Set up",
    effect: "writes",
    alsoCalled: ["clean", "cleanup", "delete", "destroy", "down", "remove", "rm", "uninstall"],
    examples: [
      ["show the plan and remove nothing", "eks-lambda teardown --dry-run"],
      ["in a pipeline", "eks-lambda teardown --cluster prod --yes"],
      ["with the Deployments that the function made", "eks-lambda teardown --workloads"],
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
      ["[action]", "Action, such as restart, scale, set-image, run-job, status or check (default: create)"],
      ["[object]", "Object to act on, such as deployments/web"],
    ],
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
    run: async (flags, [action, object]) => (await import("./commands/invoke.ts")).invoke(action, object, flags),
  }),
  define("logs", {
    description: "Show the function's log",
    group: "Use",
    effect: "reads",
    alsoCalled: ["log", "tail"],
    examples: [
      ["the last hour", "eks-lambda logs"],
      ["as it is written", "eks-lambda logs --follow --since 10m"],
      [
        "errors as data",
        "eks-lambda logs --since 1d --json | jq -r '.message | fromjson? | select(.level == \"ERROR\")'",
      ],
    ],
    run: async (flags) => (await import("./commands/logs.ts")).logs(flags),
  }),
  define("list", {
    description: "List the functions and granted roles of a cluster: access, version, state, and what each may do",
    group: "Use",
    effect: "reads",
    alsoCalled: ["describe", "get", "info", "ls", "ps", "show"],
    arguments: [["[name]", "The one with this name, stack or function, in detail"]],
    examples: [
      ["all of them, or the only one in detail", "eks-lambda list"],
      ["one in detail, with the Deployments that it made", "eks-lambda list web"],
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
      ["a role that exists already", "eks-lambda doctor --role arn:aws:iam::111122223333:role/ci"],
      ["why a token is refused", "pbpaste | eks-lambda doctor --token -"],
    ],
    run: async (flags) => (await import("./commands/doctor.ts")).doctor(flags),
  }),
  define("grant", {
    description: "Let a role that exists already act on a cluster, with exactly the rights that you declare",
    group: "Without setup",
    effect: "writes",
    alsoCalled: ["allow"],
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
  }),
  define("revoke", {
    description: "Take back what grant gave a role, and the mapping if grant made it",
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
    description: "Write what setup or grant would make as files, and change nothing else",
    group: "Without setup",
    effect: "reads",
    alsoCalled: ["generate", "render", "template"],
    arguments: [["[dir]", "Folder for the files (default: <stack>/sam or <stack>/kubectl)"]],
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
    run: async (flags, [folder]) => (await import("./commands/export.ts")).exportFiles(folder, flags),
  }),
  define("permissions", {
    description: "Print the IAM policies and the RBAC that setup or grant needs here",
    group: "Without setup",
    effect: "reads",
    alsoCalled: ["iam", "policies", "policy", "rights"],
    examples: [
      ["for setup", "eks-lambda permissions --cluster prod"],
      ["for a function of your own", "eks-lambda permissions --cluster prod --name web --entry src/web.ts"],
      ["the caller's policy", "eks-lambda permissions --cluster prod --json | jq .caller > policy.json"],
      ["for a look at the plan", "eks-lambda permissions --cluster prod --dry-run"],
      ["for grant", "eks-lambda permissions --cluster prod --role arn:aws:iam::111122223333:role/ci"],
    ],
    run: async (flags) => (await import("./commands/permissions.ts")).permissions(flags),
  }),
  define("token", {
    description: "Print a token for the cluster, as kubectl's exec plugin",
    group: "More",
    effect: "reads",
    alsoCalled: ["get-token", "login"],
    examples: [["the token alone", "eks-lambda token --cluster demo | jq -r .status.token"]],
    run: async (flags) => (await import("./commands/token.ts")).token(flags),
  }),
  define("aws-auth restore", {
    description: "Put an earlier version of aws-auth back",
    group: "More",
    effect: "writes",
    arguments: [["[time]", "Version to put back; without it they are listed"]],
    examples: [
      ["list the versions", "eks-lambda aws-auth restore"],
      ["put one back", "eks-lambda aws-auth restore 2026-01-02T03-04-05.000Z"],
    ],
    run: async (flags, [time]) => (await import("./commands/aws-auth-restore.ts")).restore(time, flags),
  }),
  define("completion", {
    description: "Print a script that completes commands and flags in bash, zsh or fish",
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
