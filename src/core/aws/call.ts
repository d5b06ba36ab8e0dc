/** Runs a call of the AWS SDK and explains its errors. */

import type { defaultProvider } from "@aws-sdk/credential-provider-node";
import type { Code } from "../codes.ts";
import { advice, command, type Hint } from "../command.ts";
import { type ProxyChoice, proxyFailure } from "../connection/proxy.ts";
import { EksLambdaError, UsageError } from "../errors.ts";
import { maxBodyBytes } from "../kube/body.ts";
import { isTlsCode } from "../kube/errors.ts";
import { denialRemedy } from "./denial.ts";

/** Options of every client. The rest is the SDK's own chain: profiles, SSO, IMDS, retries, `AWS_ENDPOINT_URL`. */
export interface AwsOptions {
  readonly region?: string;
  readonly profile?: string;
  /** Credentials to share between clients. Without them, each client has its own. */
  readonly credentials?: CredentialProvider;
  /** Asks for the code of the MFA device with this serial number, for a profile that has one. */
  readonly mfaCode?: (serial: string) => Promise<string>;
  /** Chooses the proxy to AWS. Without it, connections are direct. */
  readonly proxy?: ProxyChoice;
  /** Called with `HOST to answer` when an answer takes long. */
  readonly waiting?: (what: string) => void;
  readonly limits?: Limits;
  /** Of each call, with the first one. Default: 3. */
  readonly maxAttempts?: number;
}
export type CredentialProvider = ReturnType<typeof defaultProvider>;

/** In milliseconds, for one attempt. The SDK makes three. */
export interface Limits {
  /** Until the connection is established. */
  readonly connectMs: number;
  /** Until the answer begins. */
  readonly answerMs: number;
  /** From the beginning of the answer to its end. */
  readonly bodyMs: number;
  /** Time for an invocation in addition to the function's own time-out. */
  readonly invokeMs: number;
  /** Until a function that was idle is active. */
  readonly idleMs: number;
  /** Until `waiting` is called. */
  readonly noticeMs: number;
}

/** The fields of the SDK's errors that are used here. */
interface SdkError extends Error {
  readonly code?: string;
  /** Of a network error: `sts.us-east-1.amazonaws.com`, with the port unless it is the protocol's default. */
  readonly host?: string;
  /** Of a URL that is none: its text. */
  readonly input?: string;
  /** Of a call that was throttled: `ReservedFunctionConcurrentInvocationLimitExceeded`. */
  readonly Reason?: string;
  readonly $metadata?: { readonly attempts?: number; readonly httpStatusCode?: number };
}

/**
 * Waits for a call. `action` is its IAM name, `eks:DescribeCluster`. Service errors keep their `name`, which callers
 * inspect. Errors that every call can meet (no credentials, no permission, no network) become an `EksLambdaError`.
 */
export async function call<Output>(action: string, sent: Promise<Output>): Promise<Output> {
  try {
    return await sent;
  } catch (error) {
    throw explain(action, error as SdkError);
  }
}

interface Trouble {
  readonly names: RegExp;
  readonly code: Code;
  readonly message: (action: string, error: SdkError) => string;
  readonly hint: (error: SdkError) => Hint;
}

const noAws: Trouble = {
  names: /^SyntaxError$/,
  code: "AwsEndpointUnknown",
  message: (action) => `the endpoint does not support ${action}: its answer does not follow the AWS protocol`,
  hint: () => "AWS_ENDPOINT_URL may point to an emulator without this call",
};

const untrusted: Omit<Trouble, "names"> = {
  code: "TlsFailed",
  message: (action, error) => `no secure connection for ${action}: ${words(error)}`,
  hint: () =>
    "if a proxy intercepts TLS, add its CA to the file that NODE_EXTRA_CA_CERTS names; check AWS_ENDPOINT_URL if it is set",
};

/** By the name or code of the SDK's error. */
const troubles: readonly Trouble[] = [
  {
    names: /^CredentialsProviderError$/,
    code: "NoCredentials",
    message: (_, error) => `no usable AWS credentials: ${error.message}`,
    hint: () =>
      "set AWS_PROFILE or --profile to one of `aws configure list-profiles`, or run `aws sso login` or `aws configure`; `aws sts get-caller-identity` shows who you are",
  },
  {
    names: /^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired|RequestExpired)$/,
    code: "CredentialsExpired",
    message: (action) => `the AWS credentials have expired (${action})`,
    hint: () => "get new ones; for a profile of IAM Identity Center: aws sso login",
  },
  {
    names:
      /^(InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|InvalidSignatureException|IncompleteSignature|InvalidIdentityToken|IDPRejectedClaim)$/,
    code: "CredentialsInvalid",
    message: (action, error) => `AWS rejected the credentials (${action}: ${error.name}, ${error.message})`,
    hint: () => "check that access key, secret key and session token belong together, and this computer's clock",
  },
  {
    names: /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError)$/,
    code: "AwsForbidden",
    message: (action, error) => `the caller may not call ${action}: ${error.message}`,
    hint: ({ message }) =>
      denialRemedy(message) ?? "add that action to the caller's IAM policy, or choose another --profile",
  },
  {
    names: /^(TooManyRequestsException|Throttling|ThrottlingException|ThrottledException|RequestLimitExceeded)$/,
    code: "TooManyRequests",
    message: (action, error) => `AWS throttles ${action}: ${error.message.replace(/\.$/, "")}${tried(error)}`,
    hint: ({ Reason = "" }) =>
      /Concurrent/.test(Reason)
        ? advice`others invoke it at the same time: try again later, or raise its limit with \`${command`eks-lambda setup --reserved-concurrency`}\``
        : "the account or others of its callers make too many calls: try again later",
  },
  {
    names: /^(ENOTFOUND|EAI_AGAIN)$/,
    code: "AwsUnreachable",
    message: (action, error) => `no AWS endpoint for ${action}: ${error.message}`,
    hint: () => advice`check the region's name (\`${command`aws ec2 describe-regions`}\`) and the network`,
  },
  {
    names: /^(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|TimeoutError)$/,
    code: "AwsUnreachable",
    message: (action, error) => `no answer to ${action}: ${words(error)}${tried(error)}`,
    hint: ({ host = "" }) =>
      /\.(amazonaws\.(com|com\.cn|eu)|aws)$/.test(host)
        ? advice`check the network, VPN and firewall with \`${command`curl https://${host}`}\`; set a proxy with HTTPS_PROXY`
        : "check the network, and AWS_ENDPOINT_URL if it is set",
  },
  {
    names: /^AnswerTooLong$/,
    code: "AnswerTooLong",
    message: (action, { host }) => `the answer of ${host} to ${action} is longer than ${maxBodyBytes / 2 ** 20} MiB`,
    hint: () => "AWS_ENDPOINT_URL may point to something other than AWS",
  },
  {
    names: /^Unknown(Error)?$/,
    code: "AwsEndpointUnknown",
    message: (action, { $metadata }) => `the answer to ${action} gives no reason: HTTP ${$metadata?.httpStatusCode}`,
    hint: () => "it may not come from AWS: check AWS_ENDPOINT_URL and proxies; after a 5xx, try again later",
  },
  noAws,
];

function words({ message, code, host = "" }: SdkError): string {
  const said = message.replace(unreadable, "") || `${code}`;
  return said.includes(host) ? said : `${said} (${host})`;
}

const tried = ({ $metadata: { attempts = 1 } = {} }: SdkError): string =>
  attempts > 1 ? `, tried ${attempts} times` : "";

/** The SDK appends this to its error if it cannot parse an answer. */
const unreadable = /\n {2}Deserialization error: .*$/s;

function explain(action: string, error: SdkError): Error {
  if (error instanceof EksLambdaError) return error;
  const failure = proxyFailure(error, error.host ?? action);
  if (failure) return failure;
  if (error.message === "Region is missing") return noRegion(error);
  if (/^Region not accepted/.test(error.message)) return wrongRegion(error);
  if (error.code === "ERR_INVALID_URL") return invalidEndpoint(error);
  const trouble = troubleOf(error);
  if (!trouble) return error;
  return new EksLambdaError(trouble.code, trouble.message(action, error), { hint: trouble.hint(error), cause: error });
}

function troubleOf(error: SdkError): Omit<Trouble, "names"> | undefined {
  const { name, code = "", message } = error;
  const known = troubles.find(({ names }) => names.test(name) || names.test(code));
  if (known) return known;
  if (isTlsCode(code)) return untrusted;
  return unreadable.test(message) ? noAws : undefined;
}

const noRegion = (cause: unknown): EksLambdaError =>
  new UsageError("NoRegion", "no AWS region is set", {
    hint: "use --region, or set AWS_REGION or the profile's region",
    cause,
  });

const wrongRegion = (cause: Error): EksLambdaError =>
  new UsageError("InvalidRegion", `not the name of an AWS region: ${cause.message}`, {
    hint: advice`use a name from \`${command`aws ec2 describe-regions`}\`, such as us-east-1`,
    cause,
  });

const invalidEndpoint = (cause: SdkError): EksLambdaError =>
  new UsageError(
    "AwsEndpointUnknown",
    `the address of AWS is "${cause.input}"; it must begin with https:// or http://`,
    { hint: "correct AWS_ENDPOINT_URL or the profile's endpoint_url; without them, calls go to AWS", cause },
  );
