/** Errors of requests to the API server: network failures and refusals. */
import type { Code } from "../codes.ts";
import { EksLambdaError, shown } from "../errors.ts";
import { shellWord } from "../text.ts";
import { maxBodyBytes } from "./body.ts";
import type { Failure } from "./connection.ts";

// Texts, not `advice`: tags would make the function larger. The CLI has them in core/function-hints.ts, with commands.
const newCa = "the cluster's CA may have been rotated: `eks-lambda setup` updates endpoint and CA";
export const outOfReach =
  "a private endpoint can be reached only from its VPC, and publicAccessCidrs may exclude you: `aws eks describe-cluster --query cluster.resourcesVpcConfig`";
const between = "a tunnel or a proxy may be in between: use the cluster's own endpoint";

/**
 * Codes such as `INVALID_PURPOSE`: OpenSSL's have an underscore and none of Node's prefixes; the system's have no
 * underscore.
 * Source: https://nodejs.org/docs/latest/api/tls.html#x509-certificate-error-codes
 */
const otherCertificateCodes = /^(?!(ABORT|ERR|HPE|UND)_)[A-Z\d]+(_[A-Z\d]+)+$|^UNSPECIFIED$/;

const tls: Code = "TlsFailed";
const certificate = "the server's certificate";
const mayBeDone = "may have been carried out";

/** By the code of Node's error; the first pattern that matches counts. */
const troubles: readonly (readonly [codes: RegExp, code: Code, message: string, hint: string])[] = [
  [
    /^ERR_BODY_TOO_LONG$/,
    "AnswerTooLong",
    `the answer is longer than ${maxBodyBytes / 2 ** 20} MiB`,
    "request less, with `limit`, `labelSelector` or `fieldSelector`",
  ],
  [
    /^(ENOTFOUND|EAI_AGAIN)$/,
    "DnsFailed",
    "the name of the API server cannot be resolved",
    "if the cluster was deleted and created again, run `eks-lambda setup`; a private endpoint resolves only in its VPC",
  ],
  [/^ECONNREFUSED$/, "ConnectionRefused", "the API server refused the connection", outOfReach],
  [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/, "Timeout", "no answer from the API server in time", outOfReach],
  [/^CERT_HAS_EXPIRED$/, tls, `${certificate} has expired`, newCa],
  [
    /^CERT_NOT_YET_VALID$/,
    tls,
    `${certificate} is not valid yet`,
    "this computer's clock may be behind: timedatectl set-ntp true",
  ],
  [/ALTNAME|HOSTNAME_MISMATCH/, tls, `${certificate} is for another name`, between],
  [/CERT|ISSUER|LEAF_SIGNATURE|PEM/, tls, `${certificate} is not from the cluster's CA`, newCa],
  [/SSL|TLS|EPROTO/, tls, "no secure connection", between],
  [otherCertificateCodes, tls, `${certificate} is refused`, newCa],
  [/^/, "ConnectionLost", "the connection to the API server broke", `the request ${mayBeDone}; run it again`],
];

const lostOnce = `the request ${mayBeDone}: check its result before you repeat it`;

/**
 * True if the other side has closed a kept-alive connection, or the kernel has while the function was frozen. The
 * kernel's errors name a system call; our own time-out, with the same code, does not.
 */
export const isStale = ({ code = "", syscall }: Failure): boolean =>
  syscall !== undefined || /^(ECONNRESET|EPIPE|ECONNABORTED)$/.test(code);

const troubleOf = (code: string) => troubles.find(([codes]) => codes.test(code));

/** True for error codes of a failed TLS handshake. */
export const isTlsCode = (code: string): boolean => troubleOf(code)?.[1] === tls;

/** `repeatable`: the request can be sent again, even if it was carried out. */
export function networkError(error: Failure, host: string, { repeatable = true } = {}): EksLambdaError {
  const [, code = "", message, known] = troubleOf(error.code ?? "") ?? [];
  const hint = code === "ConnectionLost" && !repeatable ? lostOnce : known;
  return new EksLambdaError(code, `${message}: ${host} (${error.code ?? error.message})`, { hint, cause: error });
}

/** The `details` of a `Status`. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  /** In most answers the resource's plural. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
  readonly retryAfterSeconds?: number;
}

/** The API server refused a request. `cause` is its `Status`. */
export class KubernetesError extends EksLambdaError {
  override readonly name = "KubernetesError";
  /** `NotFound`, `Conflict`, `Forbidden`, …, or such as `Http502` if the answer names no reason. */
  declare readonly reason: string;
  /** The HTTP status code. */
  declare readonly status: number;
  declare readonly details: StatusDetails;
  /** How long the server asked to wait. */
  declare readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, { hint, cause, ...refusal }: Refusal) {
    super(code, message, { hint, cause });
    Object.assign(this, refusal);
  }
}

export interface Refusal extends Pick<KubernetesError, "reason" | "status" | "details" | "retryAfterMs" | "hint"> {
  readonly cause: unknown;
}

const hints: Readonly<Record<string, string>> = {
  Unauthorized: "`eks-lambda doctor` finds out why; a new mapping takes some seconds",
  Forbidden: "`eks-lambda setup` grants what the function declares",
  AdmissionDenied: "an admission policy of the cluster forbids this to every caller: its message says why",
  AlreadyExists: "choose another name, or change the object that exists",
  BadRequest: "`kubectl explain` shows the fields of a kind",
  NotFound: "check its name, and that its namespace exists: `kubectl get namespaces`",
  ResourceNotServed: "check plural, version and scope with `kubectl api-resources`, and its CustomResourceDefinition",
  TooManyRequests: "the server asked to wait longer than the time limit; try again later",
};

/** Reasons for answers that name none. */
const reasons: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  429: "TooManyRequests",
};

export interface Attempt {
  /** An earlier attempt of the same request may have been carried out. */
  readonly unclear?: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly path?: string;
}

/**
 * The message of a ValidatingAdmissionPolicy or an admission webhook, which use the reasons of other errors. Sources:
 * https://github.com/kubernetes/apiserver/blob/master/pkg/admission/plugin/policy/validating/dispatcher.go
 * https://github.com/kubernetes/apiserver/blob/master/pkg/admission/plugin/webhook/errors/statuserror.go
 */
const denial = /['"] denied (the )?request/;

/**
 * Server-side apply answers 500 without a reason to a field that it does not know, or of a wrong type.
 * Source: https://github.com/kubernetes/kubernetes/issues/139253, where it is to become a BadRequest.
 */
const mistyped = /^failed to create typed patch /;

/**
 * Returns an error with the API server's message and reason. The code is the reason, or `AdmissionDenied`, or
 * `ResourceNotServed`: a 404 that names no object is about the resource.
 * Source: https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#response-status-kind
 */
export function statusError(
  status: number,
  answer: unknown,
  { unclear = false, retryAfterMs, path }: Attempt = {},
): KubernetesError {
  // Fields may have any type: a proxy may have answered.
  const said = Object(answer) as { readonly reason?: unknown; readonly message?: unknown; readonly details?: unknown };
  const details: StatusDetails = Object(said.details);
  const message = text(said.message);
  const usual = mistyped.test(message) ? "BadRequest" : (reasons[status] ?? `Http${status}`);
  const reason = /^[A-Z]\w*$/.exec(text(said.reason))?.[0] ?? usual;
  const isServed = reason !== "NotFound" || text(details.name) !== "";
  const code = denial.test(message) ? "AdmissionDenied" : isServed ? reason : "ResourceNotServed";
  const words =
    code === "ResourceNotServed" && path
      ? `the API server does not serve ${path}`
      : message || `the API server answered ${status}`;
  // An earlier attempt of the same request can cause these.
  const isAmbiguous = unclear && /^(AlreadyExists|Conflict|NotFound)$/.test(code);
  return new KubernetesError(
    code,
    status === 401 ? "the cluster does not accept this caller: 401 Unauthorized" : words,
    {
      reason,
      status,
      details,
      retryAfterMs,
      hint: isAmbiguous ? `the request was sent twice: the first ${mayBeDone}` : hints[code],
      cause: answer,
    },
  );
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** The API server's answer for a path that it does not serve. */
export const notServed = /^404 page not found\s*$/;

export const notKubernetes = "a proxy may have answered instead of the Kubernetes API server";

export function unexpectedAnswer(status: number, text: string, host: string): EksLambdaError {
  return new EksLambdaError(
    "UnexpectedAnswer",
    `${host} answered ${status} with something that is not JSON: ${shown(text.slice(0, 80))}`,
    { hint: notKubernetes },
  );
}

/** The error for a 2xx answer of an unexpected kind. `what`: `a Deployment`. */
export const notThat = (what: string, answer: unknown): EksLambdaError =>
  new EksLambdaError("UnexpectedAnswer", `the answer is not ${what}: ${shown(answer)}`, { hint: notKubernetes });

export const noNamespace = (namespace: string, cause?: unknown): EksLambdaError =>
  new EksLambdaError("NamespaceNotFound", `no namespace named "${namespace}" in the cluster`, {
    hint: `kubectl create namespace ${shellWord(namespace)}, or choose another with --namespace`,
    cause,
  });
