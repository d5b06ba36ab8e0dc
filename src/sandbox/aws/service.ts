/**
 * The AWS half: one endpoint for all services, told apart by what their callers signed. STS, IAM and CloudFormation take
 * forms and answer XML, EKS and Lambda are REST. To add a call, add an operation, and for REST its route.
 */
import { randomUUID } from "node:crypto";
import XMLBuilder from "fast-xml-builder";
import { take } from "../faults.ts";
import type { Answer, Call, Request } from "../http.ts";
import { ageOf, isSignedBy, signatureOf } from "../sigv4.ts";
import { type Data, type Key, livingKey, now, type Region, regionOf, type World } from "../state.ts";
import { cloudformation } from "./cloudformation.ts";
import { eks } from "./eks.ts";
import { AwsError } from "./error.ts";
import { identity } from "./identity.ts";
import { lambda } from "./lambda.ts";

export type Context = { world: World; region: Region; caller: Key; request: Request };
/** What an operation returns is put into its protocol, but for an `Answer`. */
export type Operations = Readonly<Record<string, (input: Data, context: Context) => unknown>>;

const operations: Operations = { ...identity, ...eks, ...cloudformation, ...lambda };

const entries = "/clusters/(?<clusterName>[^/]+)/access-entries";
const functions = "/2015-03-31/functions/(?<FunctionName>[^/]+)";
const routes: readonly (readonly [methodAndPath: string, action: string])[] = [
  ["GET /clusters", "eks:ListClusters"],
  ["GET /clusters/(?<name>[^/]+)", "eks:DescribeCluster"],
  ["POST /clusters/(?<name>[^/]+)/update-config", "eks:UpdateClusterConfig"],
  ["GET /clusters/(?<name>[^/]+)/updates/(?<updateId>[^/]+)", "eks:DescribeUpdate"],
  [`GET ${entries}`, "eks:ListAccessEntries"],
  [`POST ${entries}`, "eks:CreateAccessEntry"],
  [`GET ${entries}/(?<principalArn>.+)`, "eks:DescribeAccessEntry"],
  [`POST ${entries}/(?<principalArn>.+)`, "eks:UpdateAccessEntry"],
  [`DELETE ${entries}/(?<principalArn>.+)`, "eks:DeleteAccessEntry"],
  [`GET ${functions}/configuration`, "lambda:GetFunctionConfiguration"],
  [`PUT ${functions}/configuration`, "lambda:UpdateFunctionConfiguration"],
  [`POST ${functions}/invocations`, "lambda:Invoke"],
];

const mismatch =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
const missing = "Request is missing Authentication Token";
const unknown = "The security token included in the request is invalid.";
/** What every service can refuse: its code in a form's answer, and in a REST answer. */
const refusals = {
  unsigned: [403, "MissingAuthenticationToken", "MissingAuthenticationTokenException", missing],
  unknownKey: [403, "InvalidClientTokenId", "UnrecognizedClientException", unknown],
  mismatch: [403, "SignatureDoesNotMatch", "InvalidSignatureException", mismatch],
  expired: [403, "SignatureDoesNotMatch", "InvalidSignatureException", "Signature "],
  action: [400, "InvalidAction", "", "Could not find operation"],
  route: [404, "", "UnknownOperationException", "Could not find operation"],
  rate: [429, "Throttling", "TooManyRequestsException", "Rate exceeded"],
} as const;

const minute = 60_000;
const xml = new XMLBuilder();
/** The calls that change nothing; an invocation changes nothing of the account. */
const reading = /:(Get|List|Describe|AssumeRole|Invoke)/;

export function awsCall(world: World, request: Request): Call {
  const signature = signatureOf(request);
  const isForm = /^application\/x-www-form-urlencoded/.test(request.headers["content-type"] ?? "");
  const form = isForm ? unflatten(new URLSearchParams(request.body)) : {};
  const { action, input } = isForm ? { action: `${signature?.service}:${form.Action}`, input: form } : routed(request);
  world.requests.push({ to: "aws", action, writes: !reading.test(action) });

  const requestId = randomUUID();
  const answer = (status: number, body: Data, more: Record<string, string> = {}): Answer => {
    const headers = {
      "content-type": isForm ? "text/xml" : "application/json",
      "x-amzn-requestid": requestId,
      ...more,
    };
    return { status, headers, body: isForm ? xml.build(body) : JSON.stringify(body) };
  };
  const failed = ({ name: Code, message: Message, status }: AwsError): Answer => {
    if (!isForm) return answer(status, { message: Message }, { "x-amzn-errortype": Code });
    return answer(status, { ErrorResponse: { Error: { Type: "Sender", Code, Message }, RequestId: requestId } });
  };
  const refusal = (why: keyof typeof refusals, more = ""): AwsError => {
    const [status, ofForm, ofRest, message] = refusals[why];
    return new AwsError(isForm ? ofForm : ofRest, message + more, status);
  };
  const callerOf = (): Key => {
    const key = signature && livingKey(world.state, signature.accessKeyId);
    if (!key || key.sessionToken !== signature.sessionToken) throw refusal(signature ? "unknownKey" : "unsigned");
    if (!isSignedBy(request, signature, key)) throw refusal("mismatch");
    const age = ageOf(signature.time, now(world));
    const [start, end] = [-5, 5].map((minutes) => new Date(now(world) + minutes * minute).toISOString());
    const early = `not yet current: ${signature.time} is still later than ${end}`;
    const late = `expired: ${signature.time} is now earlier than ${start}`;
    if (!(Math.abs(age) <= 5 * minute)) throw refusal("expired", age < 0 ? early : late);
    return key;
  };
  return {
    action,
    refuse: () => (take(world.faults.throttle, action) ? failed(refusal("rate")) : undefined),
    async run() {
      try {
        const [caller, region] = [callerOf(), regionOf(world.state, signature?.region ?? "")];
        const run = Object.hasOwn(operations, action) ? operations[action] : undefined;
        if (!run) throw isForm ? refusal("action", ` ${form.Action} for version ${form.Version}`) : refusal("route");
        const result = (await run(input, { world, request, caller, region })) as Data;
        if (typeof result.body === "string") return result as Answer;
        return answer(200, isForm ? { [`${form.Action}Response`]: { [`${form.Action}Result`]: result } } : result);
      } catch (error) {
        return failed(error instanceof AwsError ? error : new AwsError("InternalFailure", String(error), 500));
      }
    },
  };
}

function routed({ method, path, body }: Request): { readonly action: string; readonly input: Data } {
  for (const [pattern, action] of routes) {
    const found = new RegExp(`^${pattern}$`).exec(`${method} ${path}`);
    const names = Object.entries(found?.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
    const sent = found && action.startsWith("eks:") && body ? JSON.parse(body) : {};
    if (found) return { action, input: { ...sent, ...Object.fromEntries(names) } };
  }
  return { action: "", input: {} };
}

/** `Tags.member.1.Key=a` becomes `{Tags: [{Key: "a"}]}`. */
function unflatten(form: Iterable<[string, string]>): Data {
  const groups = new Map<string, [string, string][]>();
  for (const [path, value] of form) {
    const [name = "", rest = ""] = path.split(/\.(.*)/s);
    groups.set(name, [...(groups.get(name) ?? []), [rest, value]]);
  }
  const inner = (all: [string, string][]) => (all[0]?.[0] === "" ? all[0][1] : unflatten(all));
  const data = Object.fromEntries([...groups].map(([name, all]) => [name, inner(all)]));
  return data.member ? (Object.values(data.member) as unknown as Data) : data;
}
