/** The AWS half: one endpoint for all services. To add a call, add an operation, and for EKS and Lambda its route. */
import { randomUUID } from "node:crypto";
import XMLBuilder from "fast-xml-builder";
import type { Call, Half } from "../http.ts";
import type { Data, Key, Pairs } from "../model.ts";
import { type Answer, jsonOf, type Request } from "../request.ts";
import { ageOf, isSignedBy, keyOf, type Signature, signatureOf } from "../sigv4.ts";
import { newState, now, take, type World } from "../state.ts";
import { cloudformation } from "./cloudformation.ts";
import { ec2 } from "./ec2.ts";
import { eks } from "./eks.ts";
import { identity } from "./identity.ts";
import { lambda } from "./lambda.ts";
import { logEvents } from "./log-events.ts";
import { logs } from "./logs.ts";
import type { Operations } from "./operation.ts";
import { awsError, type Refusal } from "./refusal.ts";
import { isResponse, putAnswer, takeAnswer } from "./responses.ts";
import { s3 } from "./s3.ts";

const operations: Operations = {
  ...identity,
  ...cloudformation,
  ...ec2,
  ...eks,
  ...lambda,
  ...logs,
  ...logEvents,
  ...s3,
};

const entries = "/clusters/(?<clusterName>[^/]+)/access-entries";
const policies = `${entries}/(?<principalArn>[^/]+)/access-policies`;
const functions = "/2015-03-31/functions/(?<FunctionName>[^/]+)";
const events = "/2019-09-25/functions/(?<FunctionName>[^/]+)/event-invoke-config";
const routes: Readonly<Record<string, string>> = {
  "GET /clusters": "eks:ListClusters",
  "GET /clusters/(?<name>[^/]+)": "eks:DescribeCluster",
  "POST /clusters/(?<name>[^/]+)/update-config": "eks:UpdateClusterConfig",
  "GET /clusters/(?<name>[^/]+)/updates/(?<updateId>[^/]+)": "eks:DescribeUpdate",
  [`POST ${entries}`]: "eks:CreateAccessEntry",
  [`GET ${entries}`]: "eks:ListAccessEntries",
  [`GET ${policies}`]: "eks:ListAssociatedAccessPolicies",
  [`POST ${policies}`]: "eks:AssociateAccessPolicy",
  [`DELETE ${policies}/(?<policyArn>[^/]+)`]: "eks:DisassociateAccessPolicy",
  [`GET ${entries}/(?<principalArn>.+)`]: "eks:DescribeAccessEntry",
  [`POST ${entries}/(?<principalArn>.+)`]: "eks:UpdateAccessEntry",
  [`DELETE ${entries}/(?<principalArn>.+)`]: "eks:DeleteAccessEntry",
  [`GET ${functions}/configuration`]: "lambda:GetFunctionConfiguration",
  [`PUT ${functions}/configuration`]: "lambda:UpdateFunctionConfiguration",
  [`GET ${events}`]: "lambda:GetFunctionEventInvokeConfig",
  [`PUT ${events}`]: "lambda:PutFunctionEventInvokeConfig",
  [`DELETE ${events}`]: "lambda:DeleteFunctionEventInvokeConfig",
  [`POST ${functions}/invocations`]: "lambda:Invoke",
};

/** S3 has no fixed part in its paths, and some of its calls are told apart by a parameter. */
const s3Routes: Readonly<Record<string, string>> = {
  "PUT /(?<Bucket>[^/?]+)/?": "s3:CreateBucket",
  "PUT /(?<Bucket>[^/?]+)/?\\?versioning": "s3:PutBucketVersioning",
  "PUT /(?<Bucket>[^/]+)/(?<Key>.+)": "s3:PutObject",
  "HEAD /(?<Bucket>[^/?]+)/?": "s3:HeadBucket",
  "HEAD /(?<Bucket>[^/]+)/(?<Key>.+)": "s3:HeadObject",
  "DELETE /(?<Bucket>[^/]+)/(?<Key>.+)": "s3:DeleteObject",
};

const s3Path = ({ path, query }: Request): string => (query.has("versioning") ? `${path}?versioning` : path);

/** The REST services' names for the errors that all services share. */
const restCodes: Readonly<Record<string, string>> = {
  MissingAuthenticationToken: "MissingAuthenticationTokenException",
  InvalidClientTokenId: "UnrecognizedClientException",
  SignatureDoesNotMatch: "InvalidSignatureException",
  InvalidAction: "UnknownOperationException",
  Throttling: "TooManyRequestsException",
  AccessDenied: "AccessDeniedException",
};
/** Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
const unauthorised = ({ arn }: Key, action: string): string =>
  `User: ${arn} is not authorized to perform: ${action} with an explicit deny in a service control policy`;
const mismatch =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
/** S3's names for the errors that all services share. */
const s3Codes: Readonly<Record<string, string>> = {
  MissingAuthenticationToken: "AccessDenied",
  InvalidClientTokenId: "InvalidAccessKeyId",
  InvalidAction: "NotImplemented",
  Throttling: "SlowDown",
};
const unreadable = "Could not parse request body into json";

/** EC2's names for the errors that all services share. */
const ec2Codes: Readonly<Record<string, string>> = {
  AccessDenied: "UnauthorizedOperation",
  InvalidClientTokenId: "AuthFailure",
  SignatureDoesNotMatch: "AuthFailure",
  MissingAuthenticationToken: "MissingParameter",
  Throttling: "RequestLimitExceeded",
};

/** Wraps each list in an element, as the XML answers of form-encoded services do: EC2 in `item`, the others in `member`. */
const listed = (data: Data, wrapper: string): Data =>
  JSON.parse(JSON.stringify(data), (_, value: unknown) => (Array.isArray(value) ? { [wrapper]: value } : value));

/** Lambda's limit for an event. The other services do not publish theirs, and need far less. */
export const aws: Omit<Half, "server"> = { limit: 6_291_456, parse: awsCall };

/** Lambda has its own message. Source: https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/common-errors.html */
const tooLong = (action: string): Refusal => {
  const words =
    action === "lambda:Invoke"
      ? `Request must be smaller than ${aws.limit} bytes for the InvokeFunction operation`
      : "There are problems with the request at the HTTP level. The request entity is too large.";
  return awsError("RequestEntityTooLargeException", words, 413);
};

function awsCall(world: World, request: Request): Call {
  const signature = signatureOf(request);
  const [, region = "", service = ""] = signature?.scope ?? [];
  const isAnswer = isResponse(request);
  const isS3 = service === "s3" || isAnswer;
  const isEc2 = service === "ec2";
  const isForm = /^application\/x-www-form-urlencoded/.test(request.headers["content-type"] ?? "");
  const form: Data = isForm ? Object.fromEntries(new URLSearchParams(request.body)) : {};
  // `Logs_20140328.DescribeLogGroups`, in the protocol AWS JSON 1.1.
  const [, target] = /\.(\w+)$/.exec(`${request.headers["x-amz-target"] ?? ""}`) ?? [];
  const { action, names } = isAnswer
    ? { action: putAnswer, names: {} }
    : isForm
      ? { action: `${service}:${form.Action}`, names: form }
      : target
        ? { action: `${service}:${target}`, names: {} }
        : isS3
          ? routed({ ...request, path: s3Path(request) }, s3Routes)
          : routed(request, routes);
  world.requests.push({ to: "aws", action });

  const answer = (status: number, body: Data, more: Record<string, string> = {}): Answer => {
    const type = isForm ? "text/xml" : target ? "application/x-amz-json-1.1" : "application/json";
    const headers = { "content-type": type, "x-amzn-requestid": randomUUID(), ...more };
    return {
      status,
      headers,
      body: isForm ? new XMLBuilder().build(listed(body, isEc2 ? "item" : "member")) : JSON.stringify(body),
    };
  };
  const failed = ({ name: Code, message: Message, status = 500, headers: own }: Failure): Answer => {
    if (isS3) {
      const headers = { "content-type": "application/xml", "x-amz-request-id": randomUUID(), ...own };
      const code = s3Codes[Code] ?? Code;
      const text = new XMLBuilder().build({ Error: { Code: code, Message } });
      return { status, headers, body: request.method === "HEAD" ? "" : text };
    }
    if (isEc2) return answer(status, { Response: { Errors: { Error: { Code: ec2Codes[Code] ?? Code, Message } } } });
    if (isForm) return answer(status, { ErrorResponse: { Error: { Type: "Sender", Code, Message } } });
    if (target) return answer(status, { __type: restCodes[Code] ?? Code, message: Message });
    return answer(status, { message: Message }, { "x-amzn-errortype": restCodes[Code] ?? Code });
  };
  return {
    action,
    async run() {
      try {
        if (take(world.faults.throttle, action)) throw awsError("Throttling", "Rate exceeded", 429);
        if (request.tooLong) throw tooLong(action);
        if (isAnswer) return takeAnswer(world, request);
        const caller = await callerOf(world, request, signature);
        if (world.faults.forbid.includes(action)) throw awsError("AccessDenied", unauthorised(caller, action), 403);
        const run = Object.hasOwn(operations, action) ? operations[action] : undefined;
        const what = isForm ? ` ${form.Action} for version ${form.Version}` : "";
        if (!run) throw awsError("InvalidAction", `Could not find operation${what}`, isForm ? 400 : isS3 ? 501 : 404);
        // Other regions are empty; roles, sessions and buckets are in none. A call that outlasts a reset keeps the state that it began with.
        const isHere = region === world.region || ["iam", "sts"].includes(service) || isS3;
        const state = isHere ? world.state : newState(world.clock, world.images);
        const body =
          isForm || isS3 ? {} : jsonOf(request, () => awsError("InvalidRequestContentException", unreadable));
        // The body of an invocation is the event.
        const given: Data = action === "lambda:Invoke" ? { event: body } : Object(body);
        const input = { ...Object.fromEntries(request.query), ...given, ...names };
        const result: object = (await run(input, { world: { ...world, region, state }, caller, request })) ?? {};
        if (isComplete(result)) return result;
        const data = { ...result };
        if (isEc2) return answer(200, { [`${form.Action}Response`]: data });
        return answer(200, isForm ? { [`${form.Action}Response`]: { [`${form.Action}Result`]: data } } : data);
      } catch (error) {
        return failed(error as Error);
      }
    },
  };
}

type Failure = Error & Partial<Refusal> & { readonly headers?: Readonly<Record<string, string>> };

const isComplete = (result: object): result is Answer => "status" in result && "body" in result;

/** Throws the refusal that all services share for a missing, wrong or expired signature. */
async function callerOf(world: World, request: Request, signature: Signature | undefined): Promise<Key> {
  const refusal = (code: string, message: string) => awsError(code, message, 403);
  if (!signature) throw refusal("MissingAuthenticationToken", "Request is missing Authentication Token");
  const key = keyOf(world.state, signature);
  if (!key) throw refusal("InvalidClientTokenId", "The security token included in the request is invalid.");
  if (!(await isSignedBy(request, signature, key))) throw refusal("SignatureDoesNotMatch", mismatch);
  const [allowed, age] = [5 * 60_000, ageOf(signature.time, now(world))];
  const [end, time] = [allowed - age, 0].map((ms) => new Date(now(world) + ms).toISOString());
  if (Math.abs(age) > allowed)
    throw refusal("SignatureDoesNotMatch", `Signature expired: ${end} is now earlier than ${time}`);
  return key;
}

function routed(
  { method, path }: Request,
  routes: Readonly<Record<string, string>>,
): { readonly action: string; readonly names: Pairs } {
  for (const [pattern, action] of Object.entries(routes)) {
    const found = new RegExp(`^${pattern}$`).exec(`${method} ${path}`);
    const names = Object.entries(found?.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
    if (found) return { action, names: Object.fromEntries(names) };
  }
  return { action: "", names: {} };
}
