/** Refusals: credentials, connections to AWS, and the account. */
import { expect } from "vitest";
import { makeStack } from "./support/aws.ts";
import { type Refusal, testRefusals } from "./support/refusal.ts";
import type { World } from "./support/world.ts";

const setup: Refusal["command"] = ({ cluster }) => `setup --cluster ${cluster} --yes`;
const teardown: Refusal["command"] = ({ cluster }) => `teardown --cluster ${cluster} --yes`;
type Names = World["names"];
const lookAtIt = ({ stack, region }: Names) =>
  `hint  choose another name with --stack, or look at it: aws cloudformation list-stack-resources --stack-name ${stack} --region ${region}\n`;
const role = (RoleName: string) => ({
  Type: "AWS::IAM::Role",
  Properties: { RoleName, AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] } },
});
/** Someone else's stack with our name. */
const lyingStack =
  (resources: object, parameters: Readonly<Record<string, string>> = {}): NonNullable<Refusal["given"]> =>
  async ({ backend, names }) => {
    const ours = { ClusterName: names.cluster, ContentHash: "0", ...parameters };
    expect(await makeStack(backend, names.stack, ours, resources)).toBe("CREATE_COMPLETE");
    return undefined;
  };
const remedies = {
  credentials:
    "set AWS_PROFILE or --profile to one of `aws configure list-profiles`, or run `aws sso login` or `aws configure`; `aws sts get-caller-identity` shows who you are",
  keys: "check that access key, secret key and session token belong together, and this computer's clock",
};

testRefusals([
  {
    when: "no credentials",
    given: async () => ({
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_SESSION_TOKEN: undefined,
      AWS_EC2_METADATA_DISABLED: "true",
    }),
    command: setup,
    exit: 1,
    says: () =>
      new RegExp(
        `^error no usable AWS credentials: .+ \\(NoCredentials\\)\nhint {2}${escaped(remedies.credentials)}\n$`,
      ),
  },
  {
    when: "a home that is read-only, while planning",
    given: async () => ({ HOME: "/proc/sys" }),
    command: setup,
    exit: 1,
    says: ({ account, region, cluster }) =>
      `error could not save the current text of aws-auth in /proc/sys/.local/state/eks-lambda/aws-auth/${account}-${region}-${cluster}: EACCES: permission denied, access '/proc/sys/.'
      cannot use the kubeconfig /proc/sys/.kube/config: EACCES: permission denied, access '/proc/sys/.' (BackupFailed)
hint  set XDG_STATE_HOME to a folder that you may write to
hint  choose another file with --kubeconfig, or leave it out with --no-kubeconfig
`,
  },
  {
    when: "no region",
    given: async () => ({ AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined }),
    command: setup,
    exit: 2,
    says: () =>
      "error no AWS region is set (NoRegion)\nhint  use --region, or set AWS_REGION or the profile's region\n",
  },
  {
    when: "a region without the cluster",
    command: ({ cluster }) => `setup --cluster ${cluster} --region eu-central-1 --yes`,
    exit: 2,
    says: ({ cluster }) => `error no cluster named "${cluster}" in eu-central-1 (ClusterNotFound)
hint  eu-central-1 has no clusters that the caller may list; choose another --region
`,
  },
  {
    when: "a region without clusters, and none named",
    command: () => "setup --region eu-central-1 --yes",
    exit: 2,
    says: () => "error no EKS cluster in eu-central-1 (NoCluster)\nhint  choose another region with --region\n",
  },
  {
    when: "a region that cannot be one",
    command: ({ cluster }) => `setup --cluster ${cluster} --region 'us east' --yes`,
    exit: 2,
    says: () => `error not the name of an AWS region: Region not accepted: region="us east" is not a valid hostname component. (InvalidRegion)
hint  use a name from \`aws ec2 describe-regions\`, such as us-east-1
`,
  },
  ...["notaurl", "localhost:4566", "ftp://aws.example"].map((url) => ({
    when: `the AWS endpoint ${url}`,
    given: async () => ({ AWS_ENDPOINT_URL: url }),
    command: setup,
    exit: 2 as const,
    says: () =>
      new RegExp(
        `^error the address of AWS is "${url}"; it must begin with https:// or http:// \\(AwsEndpointUnknown\\)\\nhint {2}correct AWS_ENDPOINT_URL or the profile's endpoint_url; without them, calls go to AWS\\n$`,
      ),
  })),
  {
    when: "an AWS endpoint that does not answer",
    given: async () => ({ AWS_ENDPOINT_URL: "http://127.0.0.1:1" }),
    command: setup,
    exit: 1,
    says: () =>
      /^error no answer to \w+:\w+: .*127\.0\.0\.1:1, tried 3 times \(AwsUnreachable\)\nhint {2}check the network, and AWS_ENDPOINT_URL if it is set\n$/,
  },
  {
    when: "a stack whose creation failed",
    async given({ backend, names }: World) {
      backend.faults.failResource("LogGroup");
      const status = await makeStack(backend, names.stack, { ClusterName: names.cluster, ContentHash: "0" });
      expect(status).toBe("ROLLBACK_COMPLETE");
      return undefined;
    },
    command: setup,
    exit: 1,
    says: ({ stack, region }) =>
      new RegExp(
        `^error the stack "${stack}" is in ROLLBACK_COMPLETE(: .+)? \\(StackBroken\\)\nhint {2}its creation failed, and it can only be deleted: aws cloudformation delete-stack --stack-name ${stack} --region ${region}, then run setup again\n$`,
      ),
  },
  {
    when: "a stack of our name that is another cluster's",
    given: async ({ backend, names }) =>
      void (await makeStack(backend, names.stack, { ClusterName: "other", ContentHash: "0" })),
    command: setup,
    exit: 1,
    says: (names) => `error there is a stack "${names.stack}" of another cluster, "other" (StackNotOurs)
${lookAtIt(names)}`,
  },
  {
    when: "a stack of our name that someone else made",
    given: async ({ backend, names }) => void (await makeStack(backend, names.stack, { Team: "web" })),
    command: setup,
    exit: 1,
    says: (names) => `error there is a stack "${names.stack}" that eks-lambda did not create (StackNotOurs)
${lookAtIt(names)}`,
  },
  ...[setup, teardown].flatMap((command): readonly Refusal[] => [
    {
      when: `a stack of our name and parameters with someone else's resource in it, at ${command({ cluster: "" } as Names)}`,
      given: lyingStack({ Data: { Type: "AWS::SNS::Topic", Properties: { TopicName: "prod" } } }),
      command,
      exit: 1,
      says: (names) =>
        new RegExp(
          `^error there is a stack "${names.stack}" with resources that eks-lambda did not create: Data \\(AWS::SNS::Topic, \\S*\\bprod|Data\\S*\\) \\(StackNotOurs\\)\n${escaped(lookAtIt(names))}$`,
        ),
    },
    {
      when: `a stack of our name whose role is another than its parameters say, at ${command({ cluster: "" } as Names)}`,
      given: lyingStack({ FunctionRole: role("node") }, { RoleName: "eks-lambda" }),
      command,
      exit: 1,
      says: (
        names,
      ) => `error there is a stack "${names.stack}" with resources that eks-lambda did not create: FunctionRole (AWS::IAM::Role, node) (StackNotOurs)
${lookAtIt(names)}`,
    },
    {
      when: `a stack of our name whose parameter leads elsewhere, at ${command({ cluster: "" } as Names)}`,
      given: lyingStack({ FunctionRole: role("node") }, { ClusterNamespace: "../../../api/v1/namespaces/kube-system" }),
      command,
      exit: 1,
      says: ({
        stack,
        region,
      }) => `error the stack "${stack}" has the parameter ClusterNamespace "../../../api/v1/namespaces/kube-system"; it must be at most 63 lower-case letters, digits and \`-\` (StackInvalid)
hint  setup writes no such value. See who changed the stack: aws cloudformation describe-stack-events --stack-name ${stack} --region ${region}
`,
    },
    {
      when: `a stack that a later version made, at ${command({ cluster: "" } as Names)}`,
      given: lyingStack({ Queue: { Type: "AWS::SNS::Topic" } }, { Version: "9.9.0" }),
      command,
      exit: 1,
      says: (names) =>
        new RegExp(
          `^error eks-lambda 9\\.9\\.0 created the stack "${names.stack}", and this is \\S+, which may not know what the later version created \\(MadeByNewer\\)\nhint {2}use that version, or a later one: npx eks-lambda@9\\.9\\.0 ${escaped(command(names))}\n$`,
        ),
    },
  ]),
  {
    when: "a role of our name that is not of the stack",
    given: async ({ backend, names }) => void (await backend.assumeRole(names.role)),
    command: setup,
    exit: 1,
    says: ({
      role,
      roleArn,
    }) => `error the role "${role}" exists, but this stack did not create it: ${roleArn} (RoleNotOurs)
hint  choose another name with --role-name, or delete it if nothing uses it, its policies first:
hint  aws iam list-role-policies --role-name ${role} --query PolicyNames --output text | xargs -rn1 aws iam delete-role-policy --role-name ${role} --policy-name
hint  aws iam list-attached-role-policies --role-name ${role} --query 'AttachedPolicies[].PolicyArn' --output text | xargs -rn1 aws iam detach-role-policy --role-name ${role} --policy-arn
hint  aws iam delete-role --role-name ${role}
`,
  },
]);

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
