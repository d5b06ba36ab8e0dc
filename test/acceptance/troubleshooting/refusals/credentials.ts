/** What is wrong on the way to AWS, and with the choice of the cluster. */
import { createServer, type RequestListener } from "node:http";
import { createServer as createSocketServer } from "node:net";
import { listenInTest } from "../../../support/server.ts";
import { all, alreadySetUp, awsConfig, deployer, environment, setup } from "../given.ts";
import type { Refusal } from "../refusal.ts";

/** Instead of AWS, or of one service. */
const answering =
  (listener: RequestListener, variable = "AWS_ENDPOINT_URL"): NonNullable<Refusal["given"]> =>
  async () => ({ [variable]: `http://${(await listenInTest(createServer(listener))).host}` });

export const credentials: readonly Refusal[] = [
  {
    code: "NoRegion",
    when: "no region is set",
    given: environment({ AWS_REGION: undefined }),
    command: setup,
    why: "No flag, environment variable or profile names a region.",
    fix: "Use `--region`, `AWS_REGION`, or `aws configure set region`.",
    doctor: "refused NoRegion",
  },
  {
    code: "InvalidRegion",
    when: "a region's name is not valid",
    command: (names) => `${setup(names)} --region 'us east'`,
    why: "A region's name becomes part of a host name.",
    fix: "Use a name from `aws ec2 describe-regions`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "NoCredentials",
    when: "there are no AWS credentials",
    given: environment({ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }),
    command: ({ functionName }) => `invoke --function ${functionName}`,
    why: "The SDK looked in the environment, in profiles, in IAM Identity Center and at the instance metadata, and found none.",
    fix: "Use the profile that `aws sts get-caller-identity` works with.",
    doctor: "credentials NoCredentials",
  },
  {
    code: "ProfileNotFound",
    when: "a profile is not spelled as in the configuration",
    given: all(awsConfig("[profile staging]\nregion = us-east-1\n"), environment({ AWS_PROFILE: "stagign" })),
    command: setup,
    why: "`--profile` and `AWS_PROFILE` name a section of `~/.aws/config` or `~/.aws/credentials`, and there is none of that name.",
    fix: "Use one of the names that the hint lists.",
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
    why: "A profile of IAM Identity Center has credentials only while the session from `aws sso login` lasts.",
    fix: "Run the command in the hint, then the same command again.",
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
    why: "The profile's role needs a code from the MFA device, which only a person can read. On a terminal, the command asks for it.",
    fix: "Use a terminal. For a script, use credentials of a session that was started with a code.",
    doctor: "credentials MfaCodeNeeded",
  },
  {
    code: "CredentialsInvalid",
    when: "key and secret do not belong together",
    given: environment({ AWS_SECRET_ACCESS_KEY: "not-the-secret-of-this-key" }),
    command: ({ functionName }) => `invoke --function ${functionName}`,
    why: "AWS calculates the signature with the secret that it knows, and gets a different result.",
    fix: "Take key, secret and session token from one source. Look for stale variables: `env | grep ^AWS_`.",
    doctor: "credentials CredentialsInvalid",
  },
  {
    code: "CredentialsInvalid",
    when: "a credential ends with a line break",
    given: async ({ env }) => ({ AWS_SECRET_ACCESS_KEY: `${env.AWS_SECRET_ACCESS_KEY}\n` }),
    command: ({ functionName }) => `invoke --function ${functionName}`,
    why: "The value was pasted with a line break, into a file or into the secrets of a CI system.",
    fix: "Store the value without it: use `printf %s`, not `echo`.",
    doctor: "credentials CredentialsInvalid",
  },
  {
    code: "AwsForbidden",
    when: "an IAM policy lacks an action",
    given: all(deployer(), async ({ backend }) => void backend.faults.enforcePolicies?.()),
    command: setup,
    why: "AWS knows you, but none of your policies allows the action, or a permissions boundary or a service control policy denies it.",
    fix: "Use the policy in [permissions.md](permissions.md). It has exactly what setup and teardown call.",
    doctor: "cluster AwsForbidden",
    // setup reads cluster and stack at the same time, and reports the first refusal.
    tidy: (text) => text.replaceAll("cloudformation:DescribeStacks", "eks:DescribeCluster"),
  },
  {
    code: "AwsForbidden",
    when: "a service control policy denies an action",
    given: async ({ backend }) => void backend.faults.forbid("eks:DescribeCluster"),
    command: setup,
    why: "The organization's policies count more than those of the account. AWS says which kind of policy denied the call; the hint says who can change it. It is the same for resource control policies, permissions boundaries, session policies and policies of VPC endpoints.",
    fix: "Ask for an exception, or use an account or Region where the organization allows it.",
    doctor: "cluster AwsForbidden",
    tidy: (text) => text.replace(/User(: \S+)? is not/g, "User: arn:aws:iam::111122223333:user/ada is not"),
  },
  {
    code: "AwsUnreachable",
    when: "AWS does not answer",
    given: environment({ AWS_ENDPOINT_URL: "http://127.0.0.1:1" }),
    command: ({ functionName }) => `invoke --function ${functionName}`,
    why: "Nothing listens at the endpoint. The network is down, or `AWS_ENDPOINT_URL` points to an emulator that is not running.",
    fix: "Check the network, or `unset AWS_ENDPOINT_URL`.",
    doctor: "credentials AwsUnreachable",
  },
  {
    code: "AwsUnreachable",
    when: "AWS accepts the connection and never answers",
    given: async () => {
      const { host } = await listenInTest(createSocketServer());
      return { AWS_ENDPOINT_URL: `http://${host}`, AWS_MAX_ATTEMPTS: "1" };
    },
    command: ({ cluster }) => `teardown --cluster ${cluster} --yes`,
    why: "A firewall or a proxy drops the request, or an emulator hangs. Each attempt waits for 10 seconds. The SDK makes three attempts; here, with `AWS_MAX_ATTEMPTS=1`, one.",
    fix: "Check the route to that host: try another network, or without the VPN, or add an exception to the proxy.",
    doctor: "credentials AwsUnreachable",
    tidy: (text) =>
      text
        .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:4566")
        .replace(/to \w+:\w+: nothing/, "to sts:GetCallerIdentity: nothing"),
  },
  {
    code: "ProxyFailed",
    when: "the proxy does not answer",
    given: environment({ AWS_ENDPOINT_URL: "https://aws.example", HTTPS_PROXY: "http://127.0.0.1:1" }),
    command: ({ functionName }) => `invoke --function ${functionName}`,
    why: "`HTTPS_PROXY` names a proxy that is down, refuses the connection, or asks for a user and password. Requests to AWS and to the API server go through it, except for loopback addresses and the hosts in `NO_PROXY`.",
    fix: "Correct the proxy's address or login, or add the host to `NO_PROXY`.",
    doctor: "credentials ProxyFailed",
  },
  {
    code: "ProxyInvalid",
    when: "the proxy is not an HTTP proxy",
    given: environment({ AWS_ENDPOINT_URL: "https://aws.example", HTTPS_PROXY: "socks5://127.0.0.1:1080" }),
    command: ({ functionName }) => `invoke --function ${functionName}`,
    why: "Only HTTP proxies are supported.",
    fix: "Use an HTTP proxy. Only for the API server, a context with a `proxy-url` can use a SOCKS proxy.",
    doctor: "credentials ProxyInvalid",
  },
  {
    code: "AwsEndpointUnknown",
    when: "the address of AWS is no URL",
    given: environment({ AWS_ENDPOINT_URL: "localhost:4566" }),
    command: ({ functionName }) => `invoke --function ${functionName}`,
    why: "`AWS_ENDPOINT_URL`, or `endpoint_url` in the profile, lacks `http://` or is not set to what was meant. Nothing was sent.",
    fix: "`unset AWS_ENDPOINT_URL`, or set it to the emulator's URL, such as `http://localhost:4566`.",
    doctor: "credentials AwsEndpointUnknown",
  },
  {
    code: "AwsEndpointUnknown",
    when: "something other than AWS answers",
    given: answering((_, response) => response.end("<html>It works!</html>")),
    command: ({ functionName }) => `invoke --function ${functionName}`,
    why: "`AWS_ENDPOINT_URL` points to a web server, a proxy's login page, or an emulator that lacks the service.",
    fix: "`unset AWS_ENDPOINT_URL`, or set it to the emulator's address.",
    doctor: "credentials AwsEndpointUnknown",
  },
  {
    code: "TooManyRequests",
    when: "AWS throttles a call",
    given: all(
      alreadySetUp,
      answering((_, response) => {
        response.writeHead(429, { "x-amzn-errortype": "TooManyRequestsException" });
        response.end(JSON.stringify({ message: "Rate exceeded" }));
      }, "AWS_ENDPOINT_URL_LAMBDA"),
    ),
    command: ({ functionName }) => `invoke --function ${functionName}`,
    why: "AWS limits how often an account may make a call, and Lambda how many invocations of a function run at once. The call was tried three times.",
    fix: "Run it again later. A function with `--reserved-concurrency` gets more invocations with a higher number.",
    doctor: "function TooManyRequests",
  },
  {
    code: "NoCluster",
    when: "the region has no cluster",
    command: () => "setup --region eu-central-1 --yes",
    why: "Without `--cluster`, setup uses the region's only cluster. There is none; often the region is wrong.",
    fix: "Choose another region with `--region`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "ClusterNotFound",
    when: "a cluster's name is mistyped",
    command: () => "setup --cluster dmeo --yes",
    why: "EKS has no cluster with that name in that region.",
    fix: "Use the name in the hint: it is the closest one.",
    doctor: "stack NotSetUp",
  },
  {
    code: "ClusterNotChosen",
    when: "there are several clusters and you did not choose one",
    given: async ({ backend }) => void (await backend.describe("staging", {})),
    command: () => "setup --yes",
    why: "On a terminal, setup asks. Elsewhere it does not guess.",
    fix: "Choose one with `--cluster`.",
    doctor: "stack NotSetUp",
  },
];
