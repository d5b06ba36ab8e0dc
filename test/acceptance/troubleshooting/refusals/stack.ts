/** What is wrong with the stack and its resources. */
import {
  configureEvents,
  deleteChangeSets,
  makeLogGroup,
  makeStack,
  protectStack,
  updateStack,
} from "../../support/aws.ts";
import { stacksOf } from "../../support/stacks.ts";
import type { World } from "../../support/world.ts";
import { all, alreadySetUp, heldBefore, invoke, setup } from "../given.ts";
import type { Refusal } from "../refusal.ts";

/** What someone else needs. */
const resources = ['Topic: { Type: "AWS::SNS::Topic", Properties: { TopicName: orders } }'];

const assume = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
const ofOthers = ({ functionName: FunctionName }: World["names"]) => ({
  Role: {
    Type: "AWS::IAM::Role",
    Properties: { RoleName: "others", AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [assume] } },
  },
  Function: {
    Type: "AWS::Lambda::Function",
    Properties: {
      ...{ FunctionName, Runtime: "nodejs24.x", Handler: "index.handler", Role: { "Fn::GetAtt": ["Role", "Arn"] } },
      Code: { ZipFile: "exports.handler = async () => 1;" },
    },
  },
});

export const stack: readonly Refusal[] = [
  {
    code: "NotSetUp",
    when: "the function is invoked before setup",
    command: invoke,
    why: "Invoke reads the function's name from the stack, and the stack does not exist or is not complete.",
    fix: "Run `eks-lambda setup`. If you did, check region, account and `--stack`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "NotSetUp",
    when: "a function is run on this computer before setup",
    command: ({ cluster }) => `invoke --local --cluster ${cluster} --name web`,
    why: "A local run acts as you. Without the stack, invoke does not know what the function is and what it may do, and does not run another one in its place.",
    fix: "Run `eks-lambda setup` with the same `--name`, or name the file of your function with `--entry`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "StackNotOurs",
    when: "a stack with our name belongs to someone else",
    given: async ({ backend, names }) => void (await makeStack(backend, names.stack, { Team: "web" })),
    command: setup,
    why: "setup uses a stack only if its parameters name this cluster and have the hash of an eks-lambda template.",
    fix: "Choose another name with `--stack`; later commands need the same flag.",
    doctor: "stack StackNotOurs",
  },
  {
    code: "StackNotOurs",
    when: "a stack with our name belongs to another cluster",
    given: async ({ backend, names }) =>
      void (await makeStack(backend, names.stack, { ClusterName: "staging", ContentHash: "0" })),
    command: setup,
    why: "`--stack` was given the same name for two clusters.",
    fix: "Use one stack name for each cluster.",
    doctor: "stack StackNotOurs",
  },
  {
    code: "StackNotOurs",
    when: "`--stack` names the stack of another function",
    given: async ({ run, names }) => void (await run(`${setup(names)} --no-kubeconfig --name web --stack web`)),
    command: (names) => `${setup(names)} --name shop --stack web`,
    why: "Each of several functions for a cluster has its own stack. Another `--name` would give this one another user and other rights.",
    fix: "Leave out `--stack`: the name follows from `--name`. `eks-lambda list` shows the functions and their stacks.",
    doctor: "stack NotSetUp",
  },
  {
    code: "StackNotOurs",
    when: "someone added a resource to the stack that setup created",
    given: all(
      alreadySetUp,
      async ({ backend, names }) => void (await updateStack(backend, names.stack, { resources })),
    ),
    command: ({ cluster }) => `teardown --cluster ${cluster} --yes`,
    why: "Deleting or updating the stack could delete that resource with your rights. A stack whose role, function, log group or access entry is not the one that its parameters name is refused, too.",
    fix: "Remove the resource from the stack, or delete the stack yourself if you need nothing in it.",
    doctor: "stack StackNotOurs",
    tidy: (text) => text.replace(/(Topic \(AWS::SNS::Topic, )[^)]+/g, "$1orders"),
  },
  {
    code: "StackInvalid",
    when: "a parameter of the stack has a value that setup never writes",
    given: all(alreadySetUp, ({ backend, names }) =>
      updateStack(backend, names.stack, { parameters: { ClusterNamespace: "../kube-system" } }).then(() => undefined),
    ),
    command: setup,
    why: "setup and teardown take names from the stack and use them in requests to the cluster, so they check them like flags.",
    fix: "Find out who changed the stack. If you trust the rest, update it with the right value, or delete it and run setup again.",
    doctor: "stack StackInvalid",
  },
  {
    code: "MadeByNewer",
    when: "a later version created the stack",
    given: all(alreadySetUp, ({ backend, names }) =>
      updateStack(backend, names.stack, { parameters: { Version: "9.9.0" } }).then(() => undefined),
    ),
    command: (names) => `${setup(names)} --memory 512`,
    why: "An older version would put its own template and code in the place of the later ones, or delete only what it knows. `setup`, `teardown` and `export` refuse; `invoke`, `list`, `logs` and `doctor` work.",
    fix: "Run the command in the hint. To return to this version, run teardown with the later one, then setup with this one.",
    doctor: "sound",
  },
  {
    code: "StackChanged",
    when: "someone changes the stack after setup has shown its plan",
    given: all(
      alreadySetUp,
      heldBefore("CreateChangeSet", ({ backend, names }) =>
        updateStack(backend, names.stack, { parameters: { LogRetentionDays: "14" } }),
      ),
    ),
    command: (names) => `${setup(names)} --no-kubeconfig --log-retention 7`,
    why: "setup applies the plan that you saw, and that plan was for the stack as it was.",
    fix: "Run the command again: it shows a new plan.",
    doctor: "sound",
  },
  {
    code: "UnplannedChange",
    when: "the update would delete or replace more than the plan shows",
    given: all(
      alreadySetUp,
      heldBefore("CreateChangeSet", ({ backend, names }) => updateStack(backend, names.stack, { resources })),
    ),
    command: (names) => `${setup(names)} --no-kubeconfig --log-retention 7`,
    why: "setup compares CloudFormation's changes with its plan before it executes them. Here someone added a resource while setup was running.",
    fix: "Look at what was added, and remove it from the stack.",
    doctor: "stack StackNotOurs",
    tidy: (text) => text.replace(/(Topic \(AWS::SNS::Topic, )[^)]+/g, "$1orders"),
  },
  {
    code: "StackBusy",
    when: "someone else keeps changing the stack",
    given: heldBefore("ExecuteChangeSet", ({ backend, names }) => deleteChangeSets(backend, names.stack), 5),
    command: (names) => `${setup(names)} --no-kubeconfig`,
    why: "Another command works on the same stack. setup waits for it and tries again five times.",
    fix: "Wait until the other command has ended, then run setup again.",
    doctor: "stack NotSetUp",
    tidy: (text) => text.replace(/ChangeSet \[[^\]]*\]/, "ChangeSet […]"),
  },
  {
    code: "StackBroken",
    when: "an earlier creation of the stack failed",
    given: async ({ backend, names }) => {
      backend.faults.failResource("LogGroup");
      await makeStack(backend, names.stack, { ClusterName: names.cluster, ContentHash: "0" });
      return undefined;
    },
    command: setup,
    why: "A stack in ROLLBACK_COMPLETE can only be deleted. setup cleans up after itself, so something else left this one, and its events are the only record of the reason.",
    fix: "Read the events, then delete the stack as the hint says.",
    doctor: "stack StackBroken",
    tidy: (text) => text.replace(/ROLLBACK_COMPLETE: .*? \(StackBroken\)/g, "ROLLBACK_COMPLETE (StackBroken)"),
  },
  {
    code: "StackUnderWay",
    when: "another run, or a person, is changing the stack",
    given: all(
      alreadySetUp,
      async ({ backend, names }) => void backend.faults.stackStatus(names.stack, "UPDATE_IN_PROGRESS"),
    ),
    command: ({ cluster }) => `doctor --cluster ${cluster}`,
    why: "While CloudFormation works, some resources are old and some are new. `setup` and `teardown` wait; `doctor` answers at once.",
    fix: "Wait for it to end, as the hint does.",
    doctor: "stack StackUnderWay",
    tidy: (text) => text.replace(/(UPDATE_IN_PROGRESS)(: \S+ \(\w+\))/g, "$1"),
  },
  {
    code: "StackFailed",
    when: "CloudFormation cannot create a resource",
    given: async ({ backend }) => {
      backend.faults.failResource("FunctionRole");
      return undefined;
    },
    command: (names) => `${setup(names)} --no-kubeconfig`,
    why: "The message has the first resource that failed and CloudFormation's reason: a permission that you lack, a service control policy, a quota.",
    fix: "Fix the reason; [permissions.md](permissions.md) lists the permissions that CloudFormation needs.",
    doctor: "stack NotSetUp",
    tidy: (text) => text.replace(/(FunctionRole \(AWS::IAM::Role\): ).*? \(StackFailed\)/g, "$1… (StackFailed)"),
  },
  {
    code: "StackFailed",
    when: "someone takes a name after setup has shown its plan",
    given: heldBefore("CreateChangeSet", makeLogGroup),
    command: (names) => `${setup(names)} --no-kubeconfig`,
    why: "CloudFormation looks for names that are taken before it creates anything, and names them only in DescribeEvents. setup finds what exists earlier while planning.",
    fix: "Delete what has the name, if nobody needs it, or choose another name.",
    doctor: "stack NotSetUp",
  },
  {
    code: "StackFailed",
    when: "a name is taken, and you may not see by what",
    given: async (world) => {
      await makeLogGroup(world);
      for (const action of ["logs:DescribeLogGroups", "cloudformation:DescribeEvents"])
        world.backend.faults.forbid(action);
      return undefined;
    },
    command: (names) => `${setup(names)} --no-kubeconfig`,
    why: "Without the rights to `logs:DescribeLogGroups` and `cloudformation:DescribeEvents`, CloudFormation's own reason is all there is.",
    fix: "Have someone with these rights run setup, or look with them; [permissions.md](permissions.md) lists both.",
    doctor: "stack NotSetUp",
    tidy: (text) => text.replace(/arn:aws:cloudformation:\S+/g, "arn:aws:cloudformation:…"),
  },
  {
    code: "StackFailed",
    when: "the region has no arm64 for Lambda",
    given: async ({ backend }) => void backend.faults.withoutArm64(),
    command: (names) => `${setup(names)} --no-kubeconfig --architecture arm64`,
    why: "Lambda offers arm64 in most regions. Without `--architecture` setup takes x86_64 where arm64 is not offered.",
    fix: "Leave out `--architecture`, or give x86_64.",
    doctor: "stack NotSetUp",
    tidy: (text) => text.replace(/\(Service: Lambda, [^)]*\)|RequestToken: [0-9a-f-]+/g, "…"),
  },
  {
    code: "StackFailed",
    when: "the region has no nodejs24.x for Lambda",
    given: async ({ backend }) => void backend.faults.withoutRuntime("nodejs24.x"),
    command: (names) => `${setup(names)} --no-kubeconfig`,
    why: "Lambda offers a new runtime in most regions at once, and later in others. The function is written for nodejs24.x, and runs on nodejs22.x, too.",
    fix: "Deploy the exported template with another runtime, as the hint says, until the region has nodejs24.x.",
    doctor: "stack NotSetUp",
    tidy: (text) => text.replace(/\(Service: Lambda, [^)]*\)|RequestToken: [0-9a-f-]+/g, "…"),
  },
  {
    code: "StackFailed",
    when: "a subnet of the function has no free address",
    given: async ({ backend }) => void backend.faults.fullSubnet("subnet-0b"),
    command: (names) => `${setup(names)} --no-kubeconfig --subnet-ids subnet-0a,subnet-0b --security-group-ids sg-0a`,
    why: "A function in a VPC needs an address in each of its subnets.",
    fix: "Choose subnets with free addresses; the command in the hint shows how many each has.",
    doctor: "stack NotSetUp",
    tidy: (text) => text.replace(/\(Service: Lambda, [^)]*\)|RequestToken: [0-9a-f-]+/g, "…"),
  },
  {
    code: "RolePathFixed",
    when: "--role-path is another than that of the role",
    given: alreadySetUp,
    command: (names) => `${setup(names)} --role-path /team/`,
    why: "IAM cannot move a role to another path, and CloudFormation replaces no role that has a name of its own.",
    fix: "Choose another `--role-name` together with the path; or run teardown first.",
    doctor: "sound",
  },
  {
    code: "StackProtected",
    when: "teardown meets a stack with termination protection",
    given: all(alreadySetUp, async ({ backend, names }) => void (await protectStack(backend, names.stack, true))),
    command: () => "teardown --yes --no-kubeconfig",
    why: "Somebody enabled termination protection for the stack. CloudFormation would refuse its deletion last, when the rest is gone; so teardown looks first.",
    fix: "Ask who enabled it. If the function may go, disable it with the command in the hint.",
    doctor: "sound",
  },
  {
    code: "ExportInUse",
    when: "teardown meets a stack whose export another stack imports",
    given: async ({ backend, run, names }) => {
      await run(`${setup(names)} --no-kubeconfig --export-name eks-lambda-demo`);
      const Log = {
        Type: "AWS::Logs::LogGroup",
        Properties: { LogGroupName: { "Fn::ImportValue": "eks-lambda-demo" } },
      };
      await stacksOf(backend).deploy("shop", { Resources: { Log } });
      return undefined;
    },
    command: () => "teardown --yes --no-kubeconfig",
    why: "The stack exports the function's ARN, by `--export-name`. CloudFormation deletes no stack whose export another stack imports, and would say so last, when the rest is gone; so teardown looks first. `setup` does not rename the function or the export then.",
    fix: "Delete the stacks that import it, or take the import out of their templates. Custom resources in them need the function until they are deleted.",
    doctor: "sound",
  },
  {
    code: "ExportNameTaken",
    when: "another stack exports something under the name of `--export-name`",
    given: async ({ backend }) => {
      const Log = { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "shop" } };
      const Outputs = { Log: { Value: "shop", Export: { Name: "eks-lambda-demo" } } };
      await stacksOf(backend).deploy("shop", { Resources: { Log }, Outputs });
      return undefined;
    },
    command: (names) => `${setup(names)} --no-kubeconfig --export-name eks-lambda-demo`,
    why: "The name of an export is unique in an account and a region.",
    fix: "Choose another name, such as one with the cluster's name in it.",
    doctor: "stack NotSetUp",
  },
  {
    code: "RoleNotOurs",
    when: "an IAM role with the function's name exists",
    given: async ({ backend, names }) => void (await backend.assumeRole(names.role)),
    command: setup,
    why: "CloudFormation would fail half-way with `already exists`, so setup checks first.",
    fix: "Choose another name, or delete the role that an earlier attempt left.",
    doctor: "stack NotSetUp",
  },
  {
    code: "RoleNotFound",
    when: "the function's role was deleted outside of CloudFormation",
    given: all(alreadySetUp, async ({ backend, names }) => void (await backend.remove("AWS::IAM::Role", names.role))),
    command: ({ cluster }) => `doctor --cluster ${cluster}`,
    why: "CloudFormation does not notice what others do to a stack's resources, and an ordinary update does not make them again. setup looks for itself, and has CloudFormation revert the drift.",
    fix: "Run `eks-lambda setup`.",
    doctor: "stack RoleNotFound",
  },
  {
    code: "FunctionRoleChanged",
    when: "the function is invoked after its role was deleted",
    given: all(alreadySetUp, async ({ backend, names }) => void (await backend.remove("AWS::IAM::Role", names.role))),
    command: invoke,
    why: "Lambda assumes the role for each new instance of the function. A role that was created again under the same name is another one to Lambda, whose grant for the environment variables names the earlier role.",
    fix: "Run `eks-lambda setup`: it creates the role again, and then updates the function.",
    doctor: "stack RoleNotFound",
  },
  {
    code: "FunctionNotOurs",
    when: "a Lambda function with the function's name exists",
    given: async ({ backend, names }) => void (await makeStack(backend, "others", {}, ofOthers(names))),
    command: setup,
    why: "CloudFormation does not take over a function that it did not make.",
    fix: "Choose another name, or delete the function if nothing uses it.",
    doctor: "stack NotSetUp",
  },
  {
    code: "EventInvokeConfigNotOurs",
    when: "the function has an EventInvokeConfig that something else made",
    given: all(alreadySetUp, (world) => configureEvents(world, { MaximumRetryAttempts: 0 }).then(() => undefined)),
    command: (names) => `${setup(names)} --no-kubeconfig --event-age 300`,
    why: "A function has one EventInvokeConfig for its unqualified name. CloudFormation does not take over one that another stack or a person made, and that one may have a destination for failed events.",
    fix: "Delete the other one, and name its values as flags of setup; or keep it, and leave the flags out.",
    doctor: "sound",
  },
  {
    code: "LogGroupNotOurs",
    when: "a log group with the function's name exists",
    given: async (world) => void (await makeLogGroup(world)),
    command: (names) => `${setup(names)} --no-kubeconfig`,
    why: "The stack makes the function's log group, and deletes it with the stack. This one was made by something else, or by a function that logged after its stack was gone. Setup does not adopt it: teardown would then delete a log that it did not create.",
    fix: "Export the log if you need it, then delete the log group as the hint says.",
    doctor: "stack NotSetUp",
  },
  {
    code: "FunctionNotFound",
    when: "--function names no existing function",
    given: alreadySetUp,
    command: () => "invoke --function eks-lamdba",
    why: "Lambda has no such function in this region.",
    fix: "Leave `--function` out: the stack has the function's name.",
    doctor: "sound",
  },
  {
    code: "LogGroupNotFound",
    when: "someone deleted the function's log group",
    given: all(alreadySetUp, async ({ backend, names }) => {
      await backend.remove("AWS::Logs::LogGroup", `/aws/lambda/${names.functionName}`);
      return undefined;
    }),
    command: ({ cluster }) => `logs --cluster ${cluster}`,
    why: "The stack creates the log group, and the function may write to it but not create it.",
    fix: "Run `eks-lambda setup`. Until then, nothing is logged.",
    doctor: "function StackDrifted",
  },
];
