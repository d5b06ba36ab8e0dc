/** Lambda: runs functions in Node processes, which stay warm. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Data, FunctionAnswer, Pairs, Resource, RunningFunction, Runtime } from "../model.ts";
import { arnOf } from "../partition.ts";
import { assumeRole, put, type World } from "../state.ts";
import { record } from "./log-events.ts";
import type { Context, Operations } from "./operation.ts";
import { byArn, find } from "./operation.ts";
import { awsError, notFound } from "./refusal.ts";
import { codeIn, eventInvokeConfig, eventsOf, functionNotFound, make } from "./resources.ts";

/** Finds a function by name or ARN. */
function functionOf({ FunctionName }: Data, { world }: Context): Resource {
  const name = `${FunctionName}`.split(":").at(-1);
  const found = find(world, "AWS::Lambda::Function", name);
  if (!found) throw functionNotFound(world, `${name}`);
  return found;
}

/** How long an idle function is Pending while Lambda recreates its network interfaces, in milliseconds. */
const restoringMs = 1_000;

/** Throws if Lambda refuses the call before any code runs. Calling an idle function makes it Pending. */
function refuseCall(world: World, { key, properties, attributes }: Resource): void {
  const { idle } = world.state;
  if (idle.get(key) === "Inactive") {
    idle.set(key, "Pending");
    void world.clock.sleep(restoringMs).then(() => idle.delete(key));
  }
  if (idle.has(key)) throw awsError("ResourceConflictException", `${notActive}${idle.get(key)}`, 409);
  const role = byArn(world, properties.Role);
  if (!role) throw awsError("AccessDeniedException", unassumable, 403);
  const isGranted = role.attributes.RoleId === attributes.grantedRoleId;
  if (properties.Environment && !isGranted) throw awsError("KMSAccessDeniedException", undecryptable, 502);
}

const notActive = "The operation cannot be performed at this time. The function is currently in the following state: ";
const unassumable = "The role defined for the function cannot be assumed by Lambda.";
const undecryptable =
  "Lambda was unable to decrypt the environment variables because KMS access was denied. Please check the function's KMS key settings. KMS Exception: AccessDeniedException KMS Message: The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.";

function eventsAmong({ world }: Context, { name }: Resource): Resource {
  const found = find(world, eventInvokeConfig, eventsOf(name));
  if (!found)
    throw notFound(`The function ${arnOf(world, "lambda", `function:${name}`)} doesn't have an EventInvokeConfig`);
  return found;
}

/** CloudFormation's parameters are texts, and Lambda has numbers. */
function eventsShown({ world }: Context, { FunctionName, Qualifier: _, ...given }: Data, modifiedAt: number): Data {
  const numbers = ["MaximumEventAgeInSeconds", "MaximumRetryAttempts"].flatMap((name) =>
    given[name] === undefined ? [] : [[name, Number(given[name])]],
  );
  const FunctionArn = arnOf(world, "lambda", `function:${FunctionName}:$LATEST`);
  return {
    LastModified: modifiedAt / 1000,
    FunctionArn,
    DestinationConfig: {},
    ...given,
    ...Object.fromEntries(numbers),
  };
}

export const lambda: Operations = {
  "lambda:GetFunctionConfiguration"(input, context) {
    const { key, properties, attributes, modifiedAt } = functionOf(input, context);
    const LastModified = new Date(modifiedAt).toISOString().replace("Z", "+0000");
    // CloudFormation's parameters are texts, and Lambda has numbers.
    const numbers = { MemorySize: Number(properties.MemorySize ?? 128), Timeout: Number(properties.Timeout ?? 3) };
    const State = context.world.state.idle.get(key) ?? "Active";
    return { ...properties, ...numbers, CodeSha256: attributes.codeSha256, LastModified, State };
  },
  "lambda:UpdateFunctionConfiguration"({ FunctionName, ...changes }, context) {
    const old = functionOf({ FunctionName }, context);
    const { type, name } = old;
    return make(context.world, type, { name, properties: { ...old.properties, ...changes }, old }).properties;
  },
  "lambda:GetFunctionEventInvokeConfig"(input, context) {
    const { properties, modifiedAt } = eventsAmong(context, functionOf(input, context));
    return eventsShown(context, properties, modifiedAt);
  },
  "lambda:PutFunctionEventInvokeConfig"({ FunctionName, ...given }, context) {
    const { name } = functionOf({ FunctionName }, context);
    const old = find(context.world, eventInvokeConfig, eventsOf(name));
    const properties = { FunctionName: name, Qualifier: "$LATEST", ...given };
    const { modifiedAt } = make(context.world, eventInvokeConfig, { name: eventsOf(name), properties, old });
    return eventsShown(context, properties, modifiedAt);
  },
  "lambda:DeleteFunctionEventInvokeConfig"(input, context) {
    const { key } = eventsAmong(context, functionOf(input, context));
    put(context.world.state, key);
    return { status: 204, headers: {}, body: "" };
  },
  async "lambda:Invoke"({ event, ...input }, context) {
    const requestId = randomUUID();
    const result = invoke(context.world, functionOf(input, context), { event, requestId });
    const headers = { "content-type": "application/json", "x-amzn-requestid": requestId };
    if (context.request.headers["x-amz-invocation-type"] === "Event") return { status: 202, headers, body: "" };
    const { payload, failed, log } = await result;
    const logResult = Buffer.from(log).subarray(-4096).toString("base64");
    const more = { "x-amz-log-result": logResult, ...(failed && { "x-amz-function-error": "Unhandled" }) };
    return { status: 200, headers: { ...headers, ...more }, body: payload };
  },
};

/** Throws if Lambda refuses the call. */
export function invoke(
  world: World,
  resource: Resource,
  call: { readonly event: unknown; readonly requestId: string },
) {
  refuseCall(world, resource);
  const running = world.state.running.get(resource.key) ?? run(world, resource);
  return running.invoke(call.event, call.requestId).then((answer) => {
    record(world, `/aws/lambda/${resource.name}`, answer.log);
    return answer;
  });
}

function run(world: World, resource: Resource): RunningFunction {
  const { runtime, region } = world;
  const { key, name, properties } = resource;
  const role = byArn(world, properties.Role);
  const credentials = role && assumeRole(world, role, name);
  const env: Pairs = {
    // Where custom resources send their answers, unless the function names another way.
    AWS_ENDPOINT_URL_S3: world.awsEndpoint,
    ...(properties.Environment as { Variables?: Pairs } | undefined)?.Variables,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials?.accessKeyId ?? "",
    AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? "",
    AWS_SESSION_TOKEN: credentials?.sessionToken ?? "",
    AWS_EXECUTION_ENV: `AWS_Lambda_${properties.Runtime ?? "nodejs24.x"}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: `${properties.MemorySize ?? 128}`,
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
  };
  const running = runtime ? withoutLog(runtime(env)) : processes(resource, env);
  world.state.running.set(key, running);
  return running;
}

const withoutLog = (answer: ReturnType<Runtime>): RunningFunction => ({
  invoke: async (event, requestId) => ({ ...(await answer(event, requestId)), log: "" }),
  stop() {},
});

/** Of an answer. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const mostBytes = 6_291_556;
const tooLong: FunctionAnswer = {
  failed: true,
  payload: JSON.stringify({
    errorType: "Function.ResponseSizeTooLarge",
    errorMessage: `Response payload size exceeded maximum allowed payload size (${mostBytes} bytes).`,
  }),
};

function processes({ name, properties, attributes }: Resource, environment: Pairs): RunningFunction {
  const { Handler = "index.handler", Timeout = 3, MemorySize = 128, Module } = properties;
  const folder = mkdtempSync(join(tmpdir(), "eks-lambda-sandbox-"));
  writeFileSync(
    join(folder, Module ? "index.mjs" : "index.js"),
    `${Module ?? codeIn(properties).inline ?? attributes.code}`,
  );
  const env = { ...environment, LAMBDA_TASK_ROOT: folder, _HANDLER: `${Handler}` };
  const all = new Set<ChildProcess>();
  const warm: ChildProcess[] = [];
  const stdio = ["ipc", "ignore", "inherit"] as const;

  async function invoke(event: unknown, awsRequestId: string) {
    const child = warm.pop() ?? spawn(process.execPath, ["-e", bootstrap], { env, cwd: folder, stdio: [...stdio] });
    all.add(child);
    const [id, began, timeoutMs] = [`RequestId: ${awsRequestId}`, performance.now(), Number(Timeout) * 1000];
    const context = {
      functionName: name,
      functionVersion: "$LATEST",
      invokedFunctionArn: attributes.Arn,
      memoryLimitInMB: `${MemorySize}`,
      logGroupName: `/aws/lambda/${name}`,
      logStreamName: `${new Date().toISOString().slice(0, 10).replaceAll("-", "/")}/[$LATEST]sandbox`,
      awsRequestId,
    };
    child.send({ event, context, deadline: Date.now() + timeoutMs }, () => {}); // The process may have exited.
    // Only the time-out kills the process, so only then is there no exit code.
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    let log = `START ${id} Version: $LATEST\n`;
    const end = await new Promise<FunctionAnswer | number | null>((resolve) => {
      child.removeAllListeners().on("exit", resolve);
      child.on("message", (message: string | FunctionAnswer) => {
        if (typeof message === "string") log += message;
        else resolve(message);
      });
    });
    clearTimeout(timer);
    const given = typeof end === "object" ? end : null;
    const answer = given && Buffer.byteLength(given.payload) > mostBytes ? tooLong : given;
    if (answer) warm.push(child);
    const late = ["Sandbox.Timedout", `Task timed out after ${Number(Timeout).toFixed(2)} seconds`];
    const exited = ["Runtime.ExitError", `Runtime exited with error: exit status ${end}`];
    const [errorType, why] = end === null ? late : exited;
    const errorMessage = `${id} Error: ${why}`;
    if (!answer) log += `${new Date().toISOString()} ${errorMessage}\n`;
    log += `END ${id}\nREPORT ${id}\tDuration: ${(performance.now() - began).toFixed(2)} ms\n`;
    return { ...(answer ?? { failed: true, payload: JSON.stringify({ errorType, errorMessage }) }), log };
  }

  function stop(): void {
    for (const child of all) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }

  return { invoke, stop };
}

/** The program of an execution environment: loads the function, and reports its output and its result to the parent process. */
const bootstrap = `
process.setSourceMapsEnabled(true);
const [file, name] = process.env._HANDLER.split(".");
const path = process.env.LAMBDA_TASK_ROOT + "/" + file;
const load = () => (require("node:fs").existsSync(path + ".mjs") ? import(path + ".mjs") : require(path + ".js"));
let handler;
const typed = (error) => {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  const { name, message, stack = "" } = error;
  return { errorType: name, errorMessage: message, trace: stack.split("\\n") };
};
const textOf = (answer) => {
  try {
    return JSON.stringify(answer) ?? "null";
  } catch {
    throw Object.assign(new Error("Unable to stringify response body"), { name: "Runtime.JSONStringifyError" });
  }
};
for (const stream of [process.stdout, process.stderr]) stream.write = (text) => process.send(String(text));
process.on("message", async ({ event, context, deadline }) => {
  for (const name of ["clientContext", "identity", "tenantId", "xRayTraceId"]) context[name] = undefined;
  context.getRemainingTimeInMillis = () => Math.max(deadline - Date.now(), 0);
  try {
    handler ??= (await load())[name];
    process.send({ failed: false, payload: textOf(await handler(event, context)) });
  } catch (error) {
    console.error("Invoke Error ", JSON.stringify(typed(error)));
    process.send({ failed: true, payload: JSON.stringify(typed(error)) });
  }
});
`;
