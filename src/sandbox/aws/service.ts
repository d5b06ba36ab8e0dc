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
/** By IAM's name of the action. What it returns is put into its protocol, but for an `Answer`. */
export type Operations = Readonly<Record<string, (input: Data, context: Context) => unknown>>;

const operations: Operations = { ...identity, ...eks, ...cloudformation, ...lambda };

const entries = "/clusters/(?<clusterName>[^/]+)/access-entries";
const functions = "/2015-03-31/functions/(?<FunctionName>[^/]+)";
const routes: readonly (readonly [method: string, path: string, action: string])[] = [
  ["GET", "/clusters", "eks:ListClusters"],
  ["GET", "/clusters/(?<name>[^/]+)", "eks:DescribeCluster"],
  ["POST", "/clusters/(?<name>[^/]+)/update-config", "eks:UpdateClusterConfig"],
  ["GET", "/clusters/(?<name>[^/]+)/updates/(?<updateId>[^/]+)", "eks:DescribeUpdate"],
  ["GET", entries, "eks:ListAccessEntries"],
  ["POST", entries, "eks:CreateAccessEntry"],
  ["GET", `${entries}/(?<principalArn>.+)`, "eks:DescribeAccessEntry"],
  ["POST", `${entries}/(?<principalArn>.+)`, "eks:UpdateAccessEntry"],
  ["DELETE", `${entries}/(?<principalArn>.+)`, "eks:DeleteAccessEntry"],
  ["GET", functions, "lambda:GetFunction"],
  ["GET", `${functions}/configuration`, "lambda:GetFunctionConfiguration"],
  ["POST", `${functions}/invocations`, "lambda:Invoke"],
];

/** What every service can refuse, by form and by REST. */
const refusals = {
  unsigned: ["MissingAuthenticationToken", "MissingAuthenticationTokenException", 403, "Missing Authentication Token"],
  unknownKey: [
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    403,
    "The security token included in the request is invalid.",
  ],
  signature: [
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    403,
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  ],
  expired: [
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    403,
    "Signature expired or not yet current: the clocks differ by more than 5 minutes",
  ],
  action: ["InvalidAction", "UnknownOperationException", 404, "Could not find operation"],
  rate: ["Throttling", "TooManyRequestsException", 429, "Rate exceeded"],
} as const;

const minute = 60_000;
const xml = new XMLBuilder();
/** The calls that change nothing; an invocation changes nothing of the account. */
const reading = /:(Get|List|Describe|AssumeRole|Invoke)/;

export const awsApi =
  (world: World) =>
  (request: Request): Call => {
    const signature = signatureOf(request);
    const isForm = /^application\/x-www-form-urlencoded/.test(request.headers["content-type"] ?? "");
    const form = new URLSearchParams(request.body);
    const operation = isForm ? (form.get("Action") ?? "") : "";
    const { action = "", input } = isForm
      ? { action: `${signature?.service}:${operation}`, input: unflatten(form) }
      : routed(request);
    world.requests.push({ to: "aws", action, writes: !reading.test(action) });

    const refusal = (why: keyof typeof refusals): AwsError => {
      const [ofForm, ofRest, status, message] = refusals[why];
      return new AwsError(isForm ? ofForm : ofRest, message, status);
    };
    const requestId = randomUUID();
    const answer = (status: number, body: Data, headers: Record<string, string> = {}): Answer => ({
      status,
      headers: { "content-type": isForm ? "text/xml" : "application/json", "x-amzn-requestid": requestId, ...headers },
      body: isForm ? xml.build(body) : JSON.stringify(body),
    });
    const failed = ({ name: Code, message: Message, status = 500 }: AwsError): Answer =>
      isForm
        ? answer(status, { ErrorResponse: { Error: { Type: "Sender", Code, Message }, RequestId: requestId } })
        : answer(status, { message: Message }, { "x-amzn-errortype": Code });

    const callerOf = (): Key => {
      if (!signature) throw refusal("unsigned");
      const key = livingKey(world.state, signature.accessKeyId);
      if (!key) throw refusal("unknownKey");
      if (!isSignedBy(request, signature, key)) throw refusal("signature");
      if (!(Math.abs(ageOf(signature.time, now(world))) <= 5 * minute)) throw refusal("expired");
      return key;
    };
    return {
      action,
      refuse: () => (take(world.faults.throttle, action) ? failed(refusal("rate")) : undefined),
      async run() {
        try {
          const context = {
            world,
            request,
            caller: callerOf(),
            region: regionOf(world.state, signature?.region ?? ""),
          };
          const run = Object.hasOwn(operations, action) ? operations[action] : undefined;
          if (!run) throw refusal("action");
          const result = (await run(input, context)) as Data;
          if (typeof result.body === "string") return result as Answer;
          return answer(200, isForm ? { [`${operation}Response`]: { [`${operation}Result`]: result } } : result);
        } catch (error) {
          return failed(error as AwsError);
        }
      },
    };
  };

function routed({ method, path, body }: Request): { action?: string; input: Data } {
  for (const [of, pattern, action] of routes) {
    const found = of === method ? new RegExp(`^${pattern}$`).exec(path) : null;
    if (!found) continue;
    const names = Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
    const isJson = action.startsWith("eks:") && body !== "";
    return { action, input: { ...(isJson && JSON.parse(body)), ...Object.fromEntries(names) } };
  }
  return { input: {} };
}

/** `Tags.member.1.Key=a` becomes `{Tags: [{Key: "a"}]}`. */
function unflatten(form: URLSearchParams): Data {
  const own = new Map<string, URLSearchParams>();
  const entries: [string, unknown][] = [];
  for (const [path, value] of form) {
    const [name = "", rest] = path.split(/\.(.*)/s);
    if (rest === undefined) entries.push([name, value]);
    else own.set(name, own.get(name) ?? new URLSearchParams());
    if (rest !== undefined) own.get(name)?.append(rest, value);
  }
  const data = Object.fromEntries([...entries, ...[...own].map(([name, inner]) => [name, unflatten(inner)])]);
  return data.member ? (Object.values(data.member) as unknown as Data) : data;
}
