/** The commands and their flags. To add one, write its file in `commands/` and add it here; it is loaded when it runs. */
import { Command, Option } from "commander";

/** What each command takes. */
function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option("--region <region>", "AWS region (AWS_REGION, AWS_DEFAULT_REGION, or the profile's)")
    .option("--profile <name>", "AWS profile (AWS_PROFILE)")
    .option("--json", "the result as JSON on stdout, and nothing else there")
    .option("--verbose", "stack traces of errors");
}

const cluster = () => new Option("--cluster <name>", "the EKS cluster; the region's only one when there is just one");
const stack = () => new Option("--stack <name>", "the CloudFormation stack (default: eks-lambda-<cluster>)");
const context = () => new Option("--context <name>", "reach the API server by this context of your kubeconfig");
const otherServer = () =>
  new Option("--allow-other-server", "the context is a tunnel: its server is not the cluster's endpoint");

/** Where things are, for setup and for teardown alike. What is not said, the stack of an earlier run knows. */
const placed = (of: Command): Command =>
  of
    .addOption(cluster())
    .option("--dry-run", "show what would change, and write nothing")
    .option("-y, --yes", "do not ask; needed where there is no terminal")
    .option("--namespace <name>", "where the function may create Deployments (default: default)")
    .option("--username <name>", "the Kubernetes user that the function's role is mapped to (default: lambda)")
    .option("--rbac-name <name>", "Role and RoleBinding (default: lambda-create-deployments)")
    .addOption(stack())
    .option("--function-name <name>", "the function (default: eks-lambda-<cluster>-<region>)")
    .option("--role-name <name>", "its execution role (default: eks-lambda-<cluster>-<region>)")
    .option("--cloudformation-role-arn <arn>", "what CloudFormation acts as")
    .option("--kubeconfig <file>", "the kubeconfig to change (default: as kubectl: KUBECONFIG, or ~/.kube/config)")
    .option("--no-kubeconfig", "change none")
    .addOption(context())
    .addOption(otherServer());

const setup = () =>
  placed(command("setup", "make a Lambda function that may create Deployments in a cluster; safe to run again"))
    .option("--access <method>", "how the cluster learns of the role: auto, aws-auth or access-entry", "auto")
    .option("--enable-access-entries", "let the cluster know access entries; this cannot be undone")
    .option("--share-username", "go on though others are mapped to that user, or it has other rights")
    .option("--force-conflicts", "overwrite a Role of that name that someone else made")
    .option("--permissions-boundary <arn>", "of the execution role")
    .option(
      "--subnet-ids <ids...>",
      "run in these subnets of the cluster's VPC (default: when its endpoint is private)",
    )
    .option("--security-group-ids <ids...>", "for the function in the VPC (default: one of its own)")
    .option("--log-retention <days>", "for which the function's log is kept (default: 30)")
    .option("--tags <key=value...>", "of the stack and all in it")
    .option("--use-context", "make it the current context though there is one")
    .option("--exec <command>", "the command that kubectl runs for a token: auto, eks-lambda, aws or npx", "auto")
    .addHelpText(
      "after",
      `
Examples:
  $ eks-lambda setup                                the region's only cluster
  $ eks-lambda setup --cluster prod --dry-run       what would it do?
  $ eks-lambda setup --cluster prod --namespace web --tags team=web cost-center=7`,
    )
    .action(async (flags) => (await import("./commands/setup.ts")).setup(flags));

const teardown = () =>
  placed(command("teardown", "remove what setup made, and nothing else"))
    .option("--workloads", "the Deployments that the function made, too")
    .addHelpText(
      "after",
      `
Examples:
  $ eks-lambda teardown --dry-run
  $ eks-lambda teardown --cluster prod --yes`,
    )
    .action(async (flags) => (await import("./commands/teardown.ts")).teardown(flags));

const awsAuth = () =>
  new Command("aws-auth").description("the texts of aws-auth that were there before each write").addCommand(
    command("restore", "put one of them back")
      .argument("[time]", "which one; without it they are listed")
      .addOption(cluster())
      .option("-y, --yes", "do not ask; needed where there is no terminal")
      .addOption(context())
      .addOption(otherServer())
      .addHelpText(
        "after",
        `
Examples:
  $ eks-lambda aws-auth restore                     which texts are there?
  $ eks-lambda aws-auth restore 2026-01-02T03-04-05.000Z`,
      )
      .action(async (time, flags) => (await import("./commands/aws-auth-restore.ts")).restore(time, flags)),
  );

const invoke = () =>
  command("invoke", "invoke the function: by default it creates an NGINX Deployment with 2 replicas")
    .addOption(cluster())
    .addOption(stack())
    .option("--function <name>", "the function, by its own name")
    .option("--event <json>", "what it is asked: JSON, @file, or - for standard input")
    .option("--local", "run the handler here, as you, without Lambda")
    .addOption(context())
    .addOption(otherServer())
    .addHelpText(
      "after",
      `
Examples:
  $ eks-lambda invoke
  $ eks-lambda invoke --event '{"name":"web","replicas":3}'
  $ eks-lambda invoke --event '{"action":"check"}' --json`,
    )
    .action(async (flags) => (await import("./commands/invoke.ts")).invoke(flags));

const doctor = () =>
  command("doctor", "why does it not work? the one reason, and the command that mends it")
    .addOption(cluster())
    .addOption(stack())
    .option("--namespace <name>", "where the function acts (default: as the stack has it)")
    .option("--role <arn>", "another role's case: its mapping and its rights")
    .option("--token <source>", "judge a token, - for standard input or @file, without sending it anywhere")
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
    .description("an embedded EKS and AWS: runs a command (or a shell) inside, without an account or Docker")
    .argument("[command...]", "what to run, behind --")
    .option("--cluster <name>", "the cluster's name", "demo")
    .option("--region <region>", "its region", "us-east-1")
    .option("--auth-mode <mode>", "CONFIG_MAP, API_AND_CONFIG_MAP or API", "CONFIG_MAP")
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
  command("token", "a token for the cluster, as kubectl's exec plugin")
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
    .description("An AWS Lambda function that acts on an Amazon EKS cluster, and all that it takes")
    .version(VERSION);
  for (const make of [setup, invoke, doctor, teardown, awsAuth, token, sandbox]) root.addCommand(make());
  for (const each of withAll(root)) each.exitOverride().showHelpAfterError("(--help shows the flags)");
  return root;
}

const withAll = (of: Command): readonly Command[] => [of, ...of.commands.flatMap(withAll)];
