/**
 * CloudFormation's side of custom resources: it sends requests to a Lambda function, and waits for the answer at a signed URL.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
 *
 * Minutes in which nothing runs are skipped: they count, but nobody waits for them. Lambda's retries follow at once, and
 * `ServiceTimeout` ends when the function has ended without an answer.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { invoke } from "../aws/lambda.ts";
import { byArn, find } from "../aws/operation.ts";
import type { Refusal } from "../aws/refusal.ts";
import { eventInvokeConfig, eventsOf } from "../aws/resources.ts";
import type { Data, Resource } from "../model.ts";
import { now, type World } from "../state.ts";

export interface CustomRequest {
  readonly stackId: string;
  readonly stackName: string;
  /** The logical ID. */
  readonly id: string;
  readonly type: string;
  readonly verb: "Create" | "Update" | "Delete";
  /** None in a Create. */
  readonly physicalId?: string;
  readonly properties: Data;
  readonly old?: Data;
}

export interface CustomAnswer {
  readonly physicalId: string;
  readonly data: Data;
  readonly noEcho: boolean;
  readonly requestId: string;
}

/** Why a request failed. Without `physicalId`, no request was sent. */
export class CustomFailure extends Error {
  readonly physicalId: string | undefined;
  constructor(message: string, physicalId?: string) {
    super(message);
    this.physicalId = physicalId;
  }
}

/** Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html */
const longestSeconds = 3_600;
/** Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const pausesMs = [60_000, 120_000];
/** Source: "CloudFormation quotas" in the CloudFormation User Guide. */
const [mostBytes, longestId] = [4_096, 1_024];
const expiresSeconds = 7_200;

const upper = () => randomBytes(8).toString("hex").slice(0, 12).toUpperCase();

/** Throws `CustomFailure`. */
export async function request(world: World, asked: CustomRequest): Promise<CustomAnswer> {
  const { stackId, stackName, id, type, verb, physicalId, properties, old } = asked;
  const resource = functionOf(world, properties);
  const timeoutMs = timeoutOf(properties);
  const requestId = randomUUID();
  const { url, key, host } = await place(world, `${stackId}|${id}|${requestId}`);
  const event = {
    RequestType: verb,
    ServiceToken: properties.ServiceToken,
    ResponseURL: url,
    StackId: stackId,
    RequestId: requestId,
    LogicalResourceId: id,
    ...(physicalId !== undefined && { PhysicalResourceId: physicalId }),
    ResourceType: type,
    ResourceProperties: properties,
    ...(old && { OldResourceProperties: old }),
  };
  const ownId = physicalId ?? `${stackName}-${id}-${upper()}`;
  const answered = new Deferred<string | undefined>();
  const signedAt = now(world);
  const waiting = { host, signedAt, expiresMs: expiresSeconds * 1000, functionKey: resource.key };
  world.state.answers.set(key, { ...waiting, answer: answered.resolve });
  const cancel = world.clock.after(timeoutMs, () => answered.resolve(undefined));
  const skip = skipping({ world, from: signedAt, timeoutMs, end: () => answered.resolve(undefined) });
  const sent = send(world, resource, { event, skip });
  sent.catch(answered.reject);
  try {
    const body = await answered.promise;
    if (body === undefined) throw new CustomFailure(silent(requestId), ownId);
    return read(body, { stackId, requestId, id, ownId });
  } catch (error) {
    if (error instanceof CustomFailure) throw error;
    throw new CustomFailure(refused(error as Refusal), verb === "Create" ? undefined : ownId);
  } finally {
    cancel();
  }
}

class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (error: Error) => void;
  readonly promise = new Promise<T>((resolve, reject) => Object.assign(this, { resolve, reject }));
}

const silent = (requestId: string): string =>
  `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${requestId}]. If you are using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can attach the updated version.`;

const refused = ({ name, status, message }: Refusal): string =>
  `${message} (Service: AWSLambda; Status Code: ${status}; Error Code: ${name}; Request ID: ${randomUUID()}; Proxy: null)`;

/** The function that ServiceToken names. Throws `CustomFailure` for another token. */
function functionOf(world: World, { ServiceToken: token }: Data): Resource {
  if (!/^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:/.test(`${token}`)) throw new CustomFailure("Invalid service token.");
  const found = byArn(world, token);
  if (found) return found;
  const gone = { name: "ResourceNotFoundException", status: 404, message: `Function not found: ${token}` };
  throw new CustomFailure(refused(Object.assign(new Error(gone.message), gone)));
}

function timeoutOf({ ServiceTimeout: given = `${longestSeconds}` }: Data): number {
  const seconds = Number(given);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= longestSeconds) return seconds * 1000;
  throw new CustomFailure(
    `Invalid ServiceTimeout: ${given}. The value must be an integer from 1 to ${longestSeconds} seconds.`,
  );
}

/** An address for one answer, with CloudFormation's signature. */
async function place({ region, partition, state }: World, name: string) {
  const host = `cloudformation-custom-resource-response-${region.replaceAll("-", "")}.s3.${region}.${partition.domain}`;
  const [service, path] = ["s3", `/${encodeURIComponent(name).replaceAll("%2F", "/")}`];
  const { signer } = state;
  const signed = await new SignatureV4({
    ...{ credentials: signer, region, service },
    sha256: Sha256,
    uriEscapePath: false,
  }) //
    .presign(
      { method: "PUT", protocol: "https:", hostname: host, path, headers: { host }, query: {} },
      { expiresIn: expiresSeconds },
    );
  const query = new URLSearchParams(signed.query as Record<string, string>);
  return { url: `https://${host}${path}?${query}`, key: `${path}?${query}`, host };
}

interface Skipping {
  readonly world: World;
  readonly from: number;
  readonly timeoutMs: number;
  end(): void;
}

/** Returns a function that skips time: `end` comes earlier by it. */
function skipping({ world, from, timeoutMs, end }: Skipping): (ms: number) => void {
  let skipped = 0;
  return (ms) => {
    skipped += ms;
    if (now(world) - from + skipped >= timeoutMs) end();
  };
}

interface Sent {
  readonly event: Data;
  skip(ms: number): void;
}

/** Sends an event as Lambda does: again if the function fails. Throws Lambda's refusal. */
async function send(world: World, resource: Resource, { event, skip }: Sent): Promise<void> {
  const { properties: { MaximumRetryAttempts = pausesMs.length } = {} } =
    find(world, eventInvokeConfig, eventsOf(resource.name)) ?? {};
  const retries = pausesMs.slice(0, Number(MaximumRetryAttempts));
  const requestId = randomUUID();
  const once = () => invoke(world, resource, { event, requestId });
  const twice = world.faults.duplicateEvents > 0;
  if (twice) world.faults.duplicateEvents--;
  for (const pauseMs of [...retries, Number.POSITIVE_INFINITY]) {
    const [{ failed }] = await Promise.all([once(), ...(twice ? [once()] : [])]);
    if (!failed) return skip(Number.POSITIVE_INFINITY);
    skip(pauseMs);
  }
}

interface Expected extends Record<"stackId" | "requestId" | "id" | "ownId", string> {}

/** Throws `CustomFailure` for an answer that says FAILED, or that is not valid. */
function read(body: string, { stackId, requestId, id, ownId }: Expected): CustomAnswer {
  const invalid = (message: string) => new CustomFailure(message, ownId);
  const invalidObject = (why: string) => invalid(`Invalid Response object: ${why}`);
  if (Buffer.byteLength(body) > mostBytes) throw invalid("Response object is too long.");
  const answer = parsed(body);
  if (!answer) throw invalidObject("it is not a JSON object");
  const same = { StackId: stackId, RequestId: requestId, LogicalResourceId: id };
  for (const [field, value] of Object.entries(same))
    if (answer[field] !== value) throw invalidObject(`${field} does not match the request`);
  const { Status, Reason, PhysicalResourceId: physicalId, Data: data = {}, NoEcho } = answer;
  if (typeof (physicalId ?? "") !== "string")
    throw invalidObject("Value of property PhysicalResourceId must be of type String");
  const isId = typeof physicalId === "string" && physicalId !== "" && Buffer.byteLength(physicalId) <= longestId;
  if (!isId) throw invalid("Invalid PhysicalResourceId");
  if (Status === "FAILED")
    throw new CustomFailure(
      `Received response status [FAILED] from custom resource. Message returned: ${Reason ?? null} (RequestId: ${requestId})`,
      physicalId,
    );
  if (Status !== "SUCCESS") throw invalidObject(`'${Status ?? null}' is not a valid ResponseStatus`);
  if (!isObject(data ?? {})) throw invalidObject("Value of property Data must be an object");
  return { physicalId, data: Object(data), noEcho: `${NoEcho}` === "true", requestId };
}

function parsed(body: string): Data | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Data =>
  typeof value === "object" && value !== null && !Array.isArray(value);
