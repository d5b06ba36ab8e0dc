/** What is wrong on the way to AWS, and in the account. */
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { deleteChangeSets, makeStack, updateStack } from "../../support/aws.ts";
import { all, alreadySetUp, awsConfig, deployer, environment, heldBefore, invoke, setup } from "../given.ts";
import type { Refusal } from "../refusal.ts";

/** What somebody else needs. */
const resources = ['Topic: { Type: "AWS::SNS::Topic", Properties: { TopicName: orders } }'];

export const account: readonly Refusal[] = [
  {
    code: "NoRegion",
    when: "no region is set",
    given: environment({ AWS_REGION: undefined }),
    command: setup,
    why: "clusters live in regions, and none was named by a flag, the environment or the profile.",
    mend: "`--region`, `AWS_REGION`, or `aws configure set region`.",
    doctor: "refused NoRegion",
  },
  {
    code: "InvalidRegion",
    when: "a region cannot be one",
    command: (names) => `${setup(names)} --region 'us east'`,
    why: "a region's name becomes part of a host name.",
    mend: "a region as AWS spells it.",
    doctor: "stack NotSetUp",
  },
  {
    code: "NoCredentials",
    when: "there are no AWS credentials",
    given: environment({ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }),
    command: ({ functionName }) => `invoke --function ${functionName}`,
    why: "the SDK looks in the environment, in profiles, in IAM Identity Center and at the instance, and found none.",
    mend: "the profile that `aws sts get-caller-identity` works with.",
    doctor: "credentials NoCredentials",
  },
  {
    code: "ProfileNotFound",
    when: "a profile is not spelled as in the configuration",
    given: all(awsConfig("[profile staging]\nregion = us-east-1\n"), environment({ AWS_PROFILE: "stagign" })),
    command: setup,
    why: "`--profile` and `AWS_PROFILE` name a section of `~/.aws/config` or `~/.aws/credentials`, and there is none of that name.",
    mend: "one of the names that the hint lists.",
    doctor: "refused ProfileNotFound",
  },
  {
    code: "CredentialsExpired",
    when: "the session of IAM Identity Center has ended",
    given: all(
      awsConfig(
        "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n[profile dev]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\n",
      ),
      environment({ AWS_PROFILE: "dev", AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }),
    ),
    command: setup,
    why: "a profile of IAM Identity Center has credentials for as long as the session that `aws sso login` began.",
    mend: "the command of the hint, then the same command again.",
    doctor: "credentials CredentialsExpired",
  },
  {
    code: "MfaCodeNeeded",
    when: "a profile has an MFA device, and there is no terminal",
    given: all(
      awsConfig(
        "[profile admin]\nrole_arn = arn:aws:iam::111122223333:role/admin\nsource_profile = keys\nmfa_serial = arn:aws:iam::111122223333:mfa/ada\n[profile keys]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = of-ada\n",
      ),
      environment({ AWS_PROFILE: "admin", AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }),
    ),
    command: setup,
    why: "the profile's role is assumed with a code of the device, which only a person can read. On a terminal the command asks for it.",
    mend: "a terminal; for a script, credentials of a session that was begun with a code.",
    doctor: "credentials MfaCodeNeeded",
  },
  {
    code: "CredentialsInvalid",
    when: "key and secret are not of one pair",
    given: environment({ AWS_SECRET_ACCESS_KEY: "not-the-secret-of-this-key" }),
    command: ({ functionName }) => `invoke --function ${functionName}`,
    why: "AWS calculates the signature with the secret that it knows, and the result is another.",
    mend: "take key, secret and session token from one source; look for stale variables: `env | grep ^AWS_`.",
    doctor: "credentials CredentialsInvalid",
  },
  {
    code: "CredentialsInvalid",
    when: "a credential ends with a line break",
    given: async ({ env }) => ({ AWS_SECRET_ACCESS_KEY: `${env.AWS_SECRET_ACCESS_KEY}\n` }),
    command: ({ functionName }) => `invoke --function ${functionName}`,
    why: "the value was pasted with the end of its line, into a file or into the secrets of a CI system.",
    mend: "the same value without it: `printf %s`, not `echo`.",
    doctor: "credentials CredentialsInvalid",
  },
  {
    code: "AwsForbidden",
    when: "an IAM policy lacks an action",
    given: all(deployer(), async ({ backend }) => void backend.faults.enforcePolicies?.()),
    command: setup,
    why: "AWS knows you, and no policy of yours permits the action; or a permissions boundary or a service control policy takes it away.",
    mend: "the policy of [permissions.md](permissions.md), which has just what setup and teardown call.",
    doctor: "cluster AwsForbidden",
  },
  {
    code: "AwsUnreachable",
    when: "AWS does not answer",
    given: environment({ AWS_ENDPOINT_URL: "http://127.0.0.1:1" }),
    command: ({ functionName }) => `invoke --function ${functionName}`,
    why: "nothing listens at the endpoint: the network is down, or `AWS_ENDPOINT_URL` points to an emulator that does not run.",
    mend: "the network, or `unset AWS_ENDPOINT_URL`.",
    doctor: "credentials AwsUnreachable",
  },
  {
    code: "AwsUnreachable",
    when: "AWS accepts the connection and never answers",
    given: async () => {
      const server = createSocketServer(() => {});
      await once(server.listen(0, "127.0.0.1").unref(), "listening");
      const { port } = server.address() as AddressInfo;
      return { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_MAX_ATTEMPTS: "1" };
    },
    command: ({ cluster }) => `teardown --cluster ${cluster} --yes`,
    why: "a firewall or a proxy swallows the request, or an emulator hangs. Each attempt waits for 10 seconds; the SDK makes three, here (`AWS_MAX_ATTEMPTS=1`) one.",
    mend: "the way to that host: from another network, without the VPN, or with the proxy's exception for it.",
    doctor: "credentials AwsUnreachable",
    tidy: (text) =>
      text
        .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:4566")
        .replace(/to \w+:\w+: nothing/, "to sts:GetCallerIdentity: nothing"),
  },
  {
    code: "AwsEndpointUnknown",
    when: "something else than AWS answers",
    given: async () => {
      const server = createServer((_, response) => response.end("<html>It works!</html>"));
      await once(server.listen(0, "127.0.0.1").unref(), "listening");
      return { AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    },
    command: ({ functionName }) => `invoke --function ${functionName}`,
    why: "`AWS_ENDPOINT_URL` leads to a web server, a proxy's login page, or an emulator that lacks the service.",
    mend: "`unset AWS_ENDPOINT_URL`, or the emulator's address.",
    doctor: "credentials AwsEndpointUnknown",
  },
  {
    code: "NoCluster",
    when: "the region has no cluster",
    command: () => "setup --region eu-central-1 --yes",
    why: "without `--cluster` the region's only one is taken, and there is none; often the region is the wrong one.",
    mend: "`--region`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "ClusterNotFound",
    when: "a cluster's name is mistyped",
    command: () => "setup --cluster dmeo --yes",
    why: "EKS knows no cluster of that name in that region.",
    mend: "the name in the hint, which is the nearest of those that are there.",
    doctor: "stack NotSetUp",
  },
  {
    code: "ClusterNotChosen",
    when: "there are several clusters and none is named",
    given: async ({ backend }) => void (await backend.describe("staging", {})),
    command: () => "setup --yes",
    why: "a terminal would offer a choice; elsewhere nothing is guessed.",
    mend: "`--cluster`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "NotSetUp",
    when: "the function is invoked before setup",
    command: invoke,
    why: "the stack's outputs tell which function it is, and there is no finished stack.",
    mend: "`eks-lambda setup`. If it has run: is this the same region, account and `--stack`?",
    doctor: "stack NotSetUp",
  },
  {
    code: "StackNotOurs",
    when: "a stack of our name is somebody else's",
    given: async ({ backend, names }) => void (await makeStack(backend, names.stack, { Team: "web" })),
    command: setup,
    why: "setup works with a stack only if its parameters name this cluster and carry the hash of a template of eks-lambda.",
    mend: "another name for ours; later commands need the same `--stack`.",
    doctor: "stack StackNotOurs",
  },
  {
    code: "StackNotOurs",
    when: "a stack of our name is another cluster's",
    given: async ({ backend, names }) =>
      void (await makeStack(backend, names.stack, { ClusterName: "staging", ContentHash: "0" })),
    command: setup,
    why: "two clusters may share a stack's name when `--stack` was given.",
    mend: "one stack name for each cluster.",
    doctor: "stack StackNotOurs",
  },
  {
    code: "StackNotOurs",
    when: "somebody put a resource into the stack that setup created",
    given: all(
      alreadySetUp,
      async ({ backend, names }) => void (await updateStack(backend, names.stack, { resources })),
    ),
    command: ({ cluster }) => `teardown --cluster ${cluster} --yes`,
    why: "deleting or updating the stack would delete that resource, with your rights. The same is said of a stack whose role, function, log group or access entry is another than its parameters name.",
    mend: "take the resource out of the stack, or delete the stack yourself if nothing in it is needed.",
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
    why: "setup and teardown take names from the stack, and use them in requests to the cluster. They check them as they check flags.",
    mend: "find out who changed the stack. If you trust the rest, update it with the right value, or delete it and run setup again.",
    doctor: "stack StackInvalid",
  },
  {
    code: "StackChanged",
    when: "somebody changes the stack after setup has shown its plan",
    given: all(
      alreadySetUp,
      heldBefore("CreateChangeSet", ({ backend, names }) =>
        updateStack(backend, names.stack, { parameters: { LogRetentionDays: "14" } }),
      ),
    ),
    command: (names) => `${setup(names)} --no-kubeconfig --log-retention 7`,
    why: "setup carries out the plan that you have seen, and that plan was for the stack as it was.",
    mend: "run the command again: it shows a plan for the stack as it is now.",
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
    why: "setup compares what CloudFormation would do with its plan before it lets CloudFormation do it. Here somebody added a resource while setup ran.",
    mend: "look at what was added, and take it out of the stack.",
    doctor: "stack StackNotOurs",
    tidy: (text) => text.replace(/(Topic \(AWS::SNS::Topic, )[^)]+/g, "$1orders"),
  },
  {
    code: "StackBusy",
    when: "somebody else changes the stack again and again",
    given: heldBefore("ExecuteChangeSet", ({ backend, names }) => deleteChangeSets(backend, names.stack), 5),
    command: (names) => `${setup(names)} --no-kubeconfig`,
    why: "another command works on the same stack. Setup waits for it and tries again five times.",
    mend: "wait until the other command has ended, then run setup again.",
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
    why: "a stack in ROLLBACK_COMPLETE can only be deleted. Setup cleans up after itself; this one was left by something else, and its events are the only trace of the reason.",
    mend: "read the events, then delete the stack as the hint says.",
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
    why: "while CloudFormation works, parts of the stack are as before and others as they will be. `setup` and `teardown` wait; `doctor` answers at once.",
    mend: "wait for the end of it, as the hint does.",
    doctor: "stack StackUnderWay",
    tidy: (text) => text.replace(/(UPDATE_IN_PROGRESS)(: \S+ \(\w+\))/g, "$1"),
  },
  {
    code: "StackFailed",
    when: "CloudFormation cannot make a resource",
    given: async ({ backend }) => {
      backend.faults.failResource("FunctionRole");
      return undefined;
    },
    command: (names) => `${setup(names)} --no-kubeconfig`,
    why: "the message has the first resource that failed and CloudFormation's own words: a missing permission of yours, a service control policy, a quota.",
    mend: "the reason; [permissions.md](permissions.md) lists what CloudFormation needs of you.",
    doctor: "stack NotSetUp",
    tidy: (text) => text.replace(/(FunctionRole \(AWS::IAM::Role\): ).*? \(StackFailed\)/g, "$1… (StackFailed)"),
  },
  {
    code: "RoleNotOurs",
    when: "there is an IAM role of the function's name",
    given: async ({ backend, names }) => void (await backend.assumeRole(names.role)),
    command: setup,
    why: "CloudFormation would fail half-way with `already exists`; so it is found out before.",
    mend: "another name, or delete the role that an earlier attempt left.",
    doctor: "stack NotSetUp",
  },
  {
    code: "FunctionNotFound",
    when: "--function names none",
    given: alreadySetUp,
    command: () => "invoke --function eks-lamdba",
    why: "Lambda knows no such function in this region.",
    mend: "leave `--function` out: the stack knows its function.",
    doctor: "sound",
  },
];
