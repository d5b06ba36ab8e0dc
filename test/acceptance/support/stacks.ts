/**
 * Deploys any template on both backends, as `aws cloudformation deploy` does:
 *
 *     const stacks = stacksOf(world.backend);
 *     const { status, outputs, failures } = await stacks.deploy("web", template);    // create, or update if it is there
 *     const { status } = await stacks.remove("web");                                // DELETE_COMPLETE, DELETE_FAILED
 *
 * `template` is a text (YAML or JSON) or an object. A stack that fails is no error: `status` says how the operation
 * ended (`CREATE_COMPLETE`, `ROLLBACK_COMPLETE`, `UPDATE_ROLLBACK_COMPLETE`, …), `failures` why. A request that
 * CloudFormation refuses throws its error.
 *
 * Resources of type `Custom::…` call the function that `ServiceToken` names. `echo` is one for tests: it answers as the
 * properties of the resource say, and keeps the requests that it got, which `stacks.requests` reads. Both backends skip the
 * minutes in which nothing runs: Lambda's retries follow at once, and a function that ends without an answer fails at once.
 * `backend.faults` has `refuseAnswers`, `dieBeforeAnswer` and `duplicateEvents`.
 */
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  ListExportsCommand,
  ListImportsCommand,
  ListStackResourcesCommand,
  type Stack,
} from "@aws-sdk/client-cloudformation";
import { expect } from "vitest";
import type { Backend } from "../backend.ts";
import { invokeDirectly } from "./aws.ts";
import { credentialsOf } from "./names.ts";

export interface Deployed {
  readonly id: string;
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** Why resources failed in this operation, oldest first: `Web: Received response status [FAILED] …`. */
  readonly failures: readonly string[];
  /** What happened in this operation, oldest first: `Web CREATE_IN_PROGRESS`, `web UPDATE_COMPLETE`. */
  readonly events: readonly string[];
}

interface Given {
  /** Where the template is in S3, in place of its text. */
  readonly url?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

export const textOf = (template: string | object): string =>
  typeof template === "string" ? template : JSON.stringify(template);

export function stacksOf(backend: Backend) {
  const { region, env } = backend;
  const client = new CloudFormationClient({
    region,
    credentials: credentialsOf(backend),
    ...(env.AWS_ENDPOINT_URL && { endpoint: env.AWS_ENDPOINT_URL }),
  });

  /** `undefined` if there is none. By its ID, also one that was deleted. */
  async function find(StackName: string): Promise<Stack | undefined> {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName })).catch((error: Error) => {
      if (/does not exist/.test(error.message)) return { Stacks: [] };
      throw error;
    });
    return Stacks[0];
  }

  async function eventsOf(StackName: string) {
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
    return StackEvents.reverse();
  }

  /** Waits for the end of an operation, and reads what happened since. */
  async function settled(id: string, since: number): Promise<Deployed> {
    const of = async () => (await find(id)) ?? expect.fail(`there is no stack ${id}`);
    const until = Date.now() + 60_000;
    while (/_IN_PROGRESS$/.test((await of()).StackStatus ?? ""))
      await (Date.now() < until ? setTimeout(50) : expect.fail(`${id} is still ${(await of()).StackStatus}`));
    const { StackStatus: status = "", Outputs = [] } = await of();
    const events = (await eventsOf(id)).slice(since);
    const failed = events.filter(({ ResourceStatus = "" }) => /_FAILED$/.test(ResourceStatus));
    return {
      id,
      status,
      outputs: Object.fromEntries(Outputs.map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue])),
      failures: failed.map((one) => `${one.LogicalResourceId}: ${one.ResourceStatusReason}`),
      events: events.map((one) => `${one.LogicalResourceId} ${one.ResourceStatus}`),
    };
  }

  /** Creates a change set, and says how that went. */
  async function plan(StackName: string, template: string | object, { parameters = {}, url }: Given = {}) {
    const found = await find(StackName);
    const isNew = !found || found.StackStatus === "REVIEW_IN_PROGRESS";
    const named = { StackName, ChangeSetName: `deploy-${randomUUID()}` };
    const { StackId = "" } = await client.send(
      new CreateChangeSetCommand({
        ...named,
        ChangeSetType: isNew ? "CREATE" : "UPDATE",
        ...(url === undefined ? { TemplateBody: textOf(template) } : { TemplateURL: url }),
        Capabilities: ["CAPABILITY_NAMED_IAM"],
        Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
          ParameterKey,
          ParameterValue,
        })),
      }),
    );
    const { Status, StatusReason } = await client.send(new DescribeChangeSetCommand(named));
    return { named, id: StackId, status: Status, reason: StatusReason };
  }

  return {
    plan,
    /** Creates the stack, or updates it, by a change set. A change set without changes throws its reason. */
    async deploy(StackName: string, template: string | object, given: Given = {}): Promise<Deployed> {
      const { named, id, status, reason } = await plan(StackName, template, given);
      if (status === "FAILED") throw new Error(reason);
      const since = (await eventsOf(id)).length;
      await client.send(new ExecuteChangeSetCommand(named));
      return settled(id, since);
    },
    /** Deletes the stack. */
    async remove(StackName: string): Promise<Deployed> {
      const { StackId = "" } = (await find(StackName)) ?? expect.fail(`there is no stack ${StackName}`);
      const since = (await eventsOf(StackId)).length;
      await client.send(new DeleteStackCommand({ StackName }));
      return settled(StackId, since);
    },
    find,
    /** The first page of ListStackResources. */
    async resourcesOf(StackName: string) {
      return (await client.send(new ListStackResourcesCommand({ StackName }))).StackResourceSummaries ?? [];
    },
    /** The first page of ListExports. */
    async exports() {
      return (await client.send(new ListExportsCommand({}))).Exports ?? [];
    },
    /** The first page of ListImports. */
    async importsOf(ExportName: string) {
      return (await client.send(new ListImportsCommand({ ExportName }))).Imports ?? [];
    },
    /** What happened to a stack since it was made, oldest first. */
    eventsOf,
    /** The requests that `echo` got since the last call. */
    requests: () => invokeDirectly(backend, "echo", '{"read":true}'),
  };
}

/** Custom resource handlers for tests, as inline code of a template: `index.js` exports `handler`. */
const code = `
const http = require("node:http");
const fs = require("node:fs");
const file = process.env.LAMBDA_TASK_ROOT + "/seen";
exports.handler = async (event, context) => {
  if (event.read) {
    const seen = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
    fs.rmSync(file, { force: true });
    return JSON.parse("[" + seen.slice(0, -1) + "]");
  }
  const shown = { ...event, ResponseURL: event.ResponseURL.replace(/\\?.*/, "?"), InvocationId: context.awsRequestId };
  fs.appendFileSync(file, JSON.stringify(shown) + ",");
  const { RequestType, ResourceProperties: given } = event;
  const say = { ...JSON.parse(given.Answer ?? "{}"), ...JSON.parse(given["Answer" + RequestType] ?? "{}") };
  if (say.throws) throw new Error("told to");
  if (say.silent) return;
  const at = event.ResponseURL;
  await new Promise((resolve) => setTimeout(resolve, say.waitMs ?? 0));
  const { StackId, RequestId, LogicalResourceId, PhysicalResourceId = "made" } = event;
  const answer = { Status: "SUCCESS", StackId, RequestId, LogicalResourceId, PhysicalResourceId, ...say.answer };
  for (const field of say.omits ?? []) delete answer[field];
  const bodies = [say.raw ?? JSON.stringify(answer), ...(say.later ? [JSON.stringify({ ...answer, ...say.later })] : [])];
  const statuses = [];
  for (const one of say.forges ? [at + "0", at.replace("%7C", "%7Cx"), at.replace("?", "x?")] : [])
    statuses.push(await put(one, bodies[0]));
  if (say.forges) statuses.push(await put(at, bodies[0], "POST"));
  for (const body of bodies)
    for (let tries = 0; tries < 5 && statuses.push(await put(at, body)) && statuses.at(-1) >= 500; tries++);
  if (say.tells) fs.appendFileSync(file, JSON.stringify({ statuses }) + ",");
};
function put(address, body, method = "PUT") {
  const url = new URL(address);
  const { hostname, port } = new URL(process.env.AWS_ENDPOINT_URL_S3);
  const headers = { host: url.host, "content-type": "", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const options = { method, hostname, port, path: url.pathname + url.search, headers };
    http.request(options, (response) => response.resume().on("end", () => resolve(response.statusCode)))
      .on("error", reject).end(body);
  });
}
`;

const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };

/** A function that answers custom resources, and its role: resources of a template with the logical IDs `Echo` and `EchoRole`. */
const echo = (FunctionName = "echo") => ({
  EchoRole: {
    Type: "AWS::IAM::Role",
    Properties: { RoleName: FunctionName, AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [trust] } },
  },
  Echo: {
    Type: "AWS::Serverless::Function",
    Properties: {
      ...{ FunctionName, Runtime: "nodejs22.x", Handler: "index.handler", Timeout: 30 },
      InlineCode: code,
      Role: { "Fn::GetAtt": ["EchoRole", "Arn"] },
    },
  },
});

/** What the function says to a request of this type, or to all. */
interface Says {
  readonly answer?: object;
  /** Fields that the answer lacks. */
  readonly omits?: readonly string[];
  /** Sent in place of the answer. */
  readonly raw?: string;
  /** Sent after the answer. */
  readonly later?: object;
  /** Sends the answer to changed addresses first. */
  readonly forges?: boolean;
  /** Adds the statuses that S3 answered to the requests. */
  readonly tells?: boolean;
  readonly throws?: boolean;
  readonly silent?: boolean;
  /** Before it answers. */
  readonly waitMs?: number;
}

/** A custom resource whose function is `echo`. `Answer` is for all requests, `AnswerCreate` for a Create. */
export const custom = (
  properties: object = {},
  says: Partial<Record<"Answer" | "AnswerCreate" | "AnswerUpdate" | "AnswerDelete", Says>> = {},
) => ({
  Type: "Custom::Test",
  Properties: {
    ServiceToken: { "Fn::GetAtt": ["Echo", "Arn"] },
    ...properties,
    ...Object.fromEntries(Object.entries(says).map(([name, say]) => [name, JSON.stringify(say)])),
  },
});

/** A template with `echo` and these resources. */
export const withEcho = (resources: object, more: object = {}) => ({
  Transform: "AWS::Serverless-2016-10-31",
  Resources: { ...echo(), ...resources },
  ...more,
});
