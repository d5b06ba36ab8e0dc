/** Commands and their flags. To add a command, write its file in `commands/` and add it here; it is loaded when it runs. */
import { Command, Option } from "commander";

/** A command with the flags that all of them have. */
function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("--region <region>", "AWS region (default: AWS_REGION, AWS_DEFAULT_REGION or the profile's region)")
    .option("--profile <name>", "AWS profile (default: AWS_PROFILE)")
    .option("--json", "Print the result as JSON on stdout")
    .option("--verbose", "Print stack traces of errors");
}

const cluster = () => new Option("--cluster <name>", "EKS cluster (default: the region's only one)");
const named = () => new Option("--name <name>", "One of several functions for the cluster, each with its own names");
const stack = () => new Option("--stack <name>", "CloudFormation stack (default: eks-lambda-<cluster>)");
const context = () => new Option("--context <name>", "Connect to the API server with this context of your kubeconfig");
const otherServer = () =>
  new Option("--allow-other-server", "Accept a context whose server is not the cluster's endpoint, such as a tunnel");

/** Adds the flags that say which function it is. The stack of an earlier run supplies those that are left out. */
const identified = (of: Command): Command =>
  of
    .addOption(cluster())
    .addOption(named())
    .option("--namespace <name>", "Namespace where the function may create Deployments (default: default)")
    .option("--username <name>", "Kubernetes user that the function's role is mapped to (default: lambda)")
    .option("--rbac-name <name>", "Name of Role and RoleBinding (default: lambda-create-deployments)")
    .addOption(stack())
    .option("--function-name <name>", "Lambda function (default: eks-lambda-<cluster>-<region>)")
    .option("--role-name <name>", "Execution role (default: eks-lambda-<cluster>-<region>)")
    .option("--cloudformation-role-arn <arn>", "Role that CloudFormation assumes");

/** Adds the flags of what setup and teardown do with it. */
const changing = (of: Command): Command =>
  of
    .option("--dry-run", "Show the plan and write nothing")
    .option("-y, --yes", "Don't ask; required without a terminal")
    .option("--kubeconfig <file>", "Kubeconfig to change (default: KUBECONFIG or ~/.kube/config, like kubectl)")
    .option("--no-kubeconfig", "Don't write a kubeconfig")
    .addOption(context())
    .addOption(otherServer());

/** Adds the flags that say what a function, its role and its log are like. */
const configured = (of: Command): Command =>
  of
    .option("--access <method>", "How to map the role: auto, aws-auth or access-entry (default: as before, or auto)")
    .option("--share-username", "Continue if others are mapped to that user, or it has other rights")
    .option("--permissions-boundary <arn>", "Permissions boundary for the execution role")
    .option(
      "--subnet-ids <ids...>",
      "Run in these subnets of the cluster's VPC, or none (default: the cluster's own, if its endpoint is private)",
    )
    .option("--security-group-ids <ids...>", "Security groups for the function in the VPC (default: a new one)")
    .option("--memory <megabytes>", "Memory of the function, 128 to 10240 (default: 256)")
    .option("--timeout <seconds>", "Time for one invocation, 1 to 900 (default: 30)")
    .option("--architecture <name>", "arm64, or x86_64 where Lambda does not offer arm64 (default: arm64)")
    .option("--reserved-concurrency <number>", "Invocations at once, reserved for the function (default: none)")
    .option("--role-path <path>", "IAM path of the execution role (default: /)")
    .option("--log-retention <days>", "Days to keep the function's log (default: 30)")
    .option("--tags <key=value...>", "Tags for the stack and its resources");

const setup = () =>
  configured(
    changing(
      identified(
        command("setup", "Set up a Lambda function that may create Deployments in a cluster; safe to run again"),
      ),
    ),
  )
    .option("--enable-access-entries", "Enable access entries for the cluster; this cannot be undone")
    .option("--force-conflicts", "Overwrite a Role with that name that no other stack owns")
    .option("--use-context", "Make it the current context even if there is one")
    .option("--exec <command>", "Command that kubectl runs for a token: auto, eks-lambda, aws or npx", "auto")
    .addHelpText(
      "after",
      `
Examples:
  $ eks-lambda setup                                the region's only cluster
  $ eks-lambda setup --cluster prod --dry-run       show the plan
  $ eks-lambda setup --memory 512 --timeout 60      kept until another value, or '' for the default
  $ eks-lambda setup --name web --namespace web     one more function for the cluster
  $ eks-lambda setup --cluster prod --namespace web --tags team=web cost-center=7`,
    )
    .action(async (flags) => (await import("./commands/setup.ts")).setup(flags));

const list = () =>
  command("list", "List the functions and granted roles of a cluster: access, version, state, and what each may do")
    .addOption(cluster())
    .addOption(context())
    .addOption(otherServer())
    .addHelpText(
      "after",
      `
Examples:
  $ eks-lambda list
  $ eks-lambda list --cluster prod --json | jq -r '.[].functionName'`,
    )
    .action(async (flags) => (await import("./commands/list.ts")).list(flags));

const teardown = () =>
  changing(identified(command("teardown", "Remove what setup made, and nothing else")))
    .option("--workloads", "Also delete the Deployments that the function created")
    .option("--aws-only", "Delete only the stack, without the cluster, and print the commands for the rest")
    .addHelpText(
      "after",
      `
Examples:
  $ eks-lambda teardown --dry-run
  $ eks-lambda teardown --cluster prod --yes
  $ eks-lambda teardown --aws-only                  the cluster cannot be reached
  $ eks-lambda teardown --name web --yes            one of several functions`,
    )
    .action(async (flags) => (await import("./commands/teardown.ts")).teardown(flags));

/** Adds the flags that grant and revoke share. */
const ofRole = (of: Command): Command =>
  of
    .addOption(cluster())
    .option("--role <arn>", "IAM role that exists already, made by SAM, CDK, Terraform or a CI system")
    .option("--dry-run", "Show the plan and write nothing")
    .option("-y, --yes", "Don't ask; required without a terminal")
    .addOption(context())
    .addOption(otherServer());

const grant = () =>
  ofRole(command("grant", "Let a role that exists already act on a cluster, with exactly the rights that you declare"))
    .option(
      "--allow <rules...>",
      "Right: VERBS RESOURCE[.GROUP][/SUBRESOURCE] [NAME...] [@NAMESPACE], @* for every namespace",
    )
    .option("--namespace <name>", "Namespace for rules that name none (default: default)")
    .option("--share-username", "Continue if others are mapped to the role's user")
    .addHelpText(
      "after",
      `
The rules are all that the role has by grant: a second run with other rules replaces them.

Examples:
  $ eks-lambda grant --role arn:aws:iam::111122223333:role/ci --allow 'get,patch deployments.apps web @shop'
  $ eks-lambda grant --role arn:aws:iam::111122223333:role/ci --allow 'create jobs.batch @ci' --allow 'get pods/log @ci'
  $ eks-lambda grant --role arn:aws:iam::111122223333:role/audit --allow 'get,list,watch nodes @*' --dry-run`,
    )
    .action(async (flags) => (await import("./commands/grant.ts")).grant(flags));

const revoke = () =>
  ofRole(command("revoke", "Take back what grant gave a role, and the mapping if grant made it"))
    .addHelpText(
      "after",
      `
Examples:
  $ eks-lambda revoke --role arn:aws:iam::111122223333:role/ci --dry-run
  $ eks-lambda revoke --role arn:aws:iam::111122223333:role/ci --cluster prod --yes`,
    )
    .action(async (flags) => (await import("./commands/revoke.ts")).revoke(flags));

const exporting = () =>
  configured(identified(command("export", "Write what setup or grant would make as files, and change nothing else")))
    .argument("[dir]", "Folder for the files (default: <stack>/sam or <stack>/kubectl)")
    .option("--to <tool>", "sam: the account's half, for the SAM CLI; kubectl: the cluster's half")
    .addOption(context())
    .addOption(otherServer())
    .option("--role <arn>", "As grant: a role that exists already; needs no function")
    .option("--allow <rules...>", "As grant: what the role may do")
    .addHelpText(
      "after",
      `
Those who own the account apply one half, those who own the cluster the other. The files have no secrets.

Examples:
  $ eks-lambda export --to sam                      then, in its folder: sam build && sam deploy
  $ eks-lambda export --to kubectl deploy           then: kubectl apply, with deploy/rbac.yaml
  $ eks-lambda export --to kubectl --role arn:aws:iam::111122223333:role/ci --allow 'get pods @ci'`,
    )
    .action(async (folder, flags) => (await import("./commands/export.ts")).exportFiles(folder, flags));

const permissions = () =>
  configured(identified(command("permissions", "Print the IAM policies and the RBAC that setup or grant needs here")))
    .option("--enable-access-entries", "With what enables access entries for the cluster")
    .option("--dry-run", "Only what setup --dry-run needs")
    .option("--role <arn>", "What grant needs for this role")
    .addHelpText(
      "after",
      `
Examples:
  $ eks-lambda permissions --cluster prod
  $ eks-lambda permissions --cluster prod --json | jq .caller > policy.json
  $ eks-lambda permissions --cluster prod --dry-run
  $ eks-lambda permissions --cluster prod --role arn:aws:iam::111122223333:role/ci`,
    )
    .action(async (flags) => (await import("./commands/permissions.ts")).permissions(flags));

const awsAuth = () =>
  new Command("aws-auth").description("Earlier versions of aws-auth, saved before each write").addCommand(
    command("restore", "Put an earlier version of aws-auth back")
      .argument("[time]", "Version to put back; without it they are listed")
      .addOption(cluster())
      .option("-y, --yes", "Don't ask; required without a terminal")
      .addOption(context())
      .addOption(otherServer())
      .addHelpText(
        "after",
        `
Examples:
  $ eks-lambda aws-auth restore                     list the versions
  $ eks-lambda aws-auth restore 2026-01-02T03-04-05.000Z`,
      )
      .action(async (time, flags) => (await import("./commands/aws-auth-restore.ts")).restore(time, flags)),
  );

const invoke = () =>
  command("invoke", "Invoke the function: by default it creates an NGINX Deployment with 2 replicas")
    .argument("[action]", "Action, such as restart, scale, set-image, run-job, status or check (default: create)")
    .argument("[object]", "Object to act on, such as deployments/web")
    .option("--namespace <name>", "Namespace of the object (default: the function's)")
    .option("--set <fields...>", "Fields of the event: KEY=VALUE")
    .option("--wait", "Wait for the rollout or the Job, with the action status, and show it")
    .option("--timeout <seconds>", "Time for --wait, 1 to 900 (default: 900)")
    .addOption(cluster())
    .addOption(named())
    .addOption(stack())
    .option("--function <name>", "Lambda function, if it is not the stack's")
    .option("--event <json>", "Event: JSON, @file, or - for standard input")
    .option("--local", "Run the handler on this computer, as you, without Lambda")
    .addOption(context())
    .addOption(otherServer())
    .addHelpText(
      "after",
      `
Examples:
  $ eks-lambda invoke
  $ eks-lambda invoke --event '{"name":"web","replicas":3}'
  $ eks-lambda invoke check --json
  $ eks-lambda invoke restart deployments/web --namespace shop --wait
  $ eks-lambda invoke set-image deployments/web --set image=nginx:1.27 --wait
  $ eks-lambda invoke status deployments/web`,
    )
    .action(async (action, object, flags) => (await import("./commands/invoke.ts")).invoke(action, object, flags));

const logs = () =>
  command("logs", "Show the function's log")
    .addOption(cluster())
    .addOption(named())
    .addOption(stack())
    .option("--function <name>", "Lambda function, if it is not the stack's")
    .option("--since <time>", "From 10m, 2h or 7d ago, or from a time such as 2026-01-31T12:00:00Z", "1h")
    .option("-f, --follow", "Show new events as they arrive, until Ctrl-C")
    .addHelpText(
      "after",
      `
Examples:
  $ eks-lambda logs
  $ eks-lambda logs --follow --since 10m
  $ eks-lambda logs --since 1d --json | jq -r '.message | fromjson? | select(.level == "ERROR")'`,
    )
    .action(async (flags) => (await import("./commands/logs.ts")).logs(flags));

const doctor = () =>
  command("doctor", "Diagnose problems and suggest a fix")
    .addOption(cluster())
    .addOption(named())
    .addOption(stack())
    .option("--namespace <name>", "Namespace where the function acts (default: the stack's)")
    .option("--role <arn>", "Check the mapping and rights of another role")
    .option("--token <source>", "Check a token, - for standard input or @file, without sending it anywhere")
    .addOption(context())
    .addOption(otherServer())
    .addHelpText(
      "after",
      `
Examples:
  $ eks-lambda doctor
  $ eks-lambda doctor --role arn:aws:iam::111122223333:role/ci
  $ pbpaste | eks-lambda doctor --token -`,
    )
    .action(async (flags) => (await import("./commands/doctor.ts")).doctor(flags));

const sandbox = () =>
  new Command("sandbox")
    .description("Run a command or a shell with an embedded EKS and AWS; needs neither an account nor Docker")
    .argument("[command...]", "Command to run, after --")
    .option("--cluster <name>", "Name of the cluster", "demo")
    .option("--region <region>", "AWS region", "us-east-1")
    .option("--auth-mode <mode>", "Authentication mode: CONFIG_MAP, API_AND_CONFIG_MAP or API", "CONFIG_MAP")
    .addHelpText(
      "after",
      `
Examples:
  $ eks-lambda sandbox
  $ eks-lambda sandbox -- eks-lambda setup
  $ eks-lambda sandbox --auth-mode API -- npm test`,
    )
    .action(async (argv, flags) => (await import("./commands/sandbox.ts")).sandbox(argv, flags));

const token = () =>
  command("token", "Print a token for the cluster, as kubectl's exec plugin")
    .addOption(cluster())
    .addHelpText(
      "after",
      `
Example:
  $ eks-lambda token --cluster demo | jq -r .status.token`,
    )
    .action(async (flags) => (await import("./commands/token.ts")).token(flags));

export function program(): Command {
  const root = new Command("eks-lambda")
    .description("Set up and run an AWS Lambda function that acts on an Amazon EKS cluster")
    .version(VERSION);
  const all = [
    setup,
    invoke,
    logs,
    list,
    doctor,
    teardown,
    grant,
    revoke,
    exporting,
    permissions,
    awsAuth,
    token,
    sandbox,
  ];
  for (const make of all) root.addCommand(make());
  for (const each of withAll(root)) each.exitOverride().showHelpAfterError("(--help shows the flags)");
  return root;
}

const withAll = (of: Command): readonly Command[] => [of, ...of.commands.flatMap(withAll)];
