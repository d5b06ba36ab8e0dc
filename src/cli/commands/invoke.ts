/** `eks-lambda invoke`: invokes the deployed function, or with `--local` runs its handler on this computer. */
import { randomUUID } from "node:crypto";
import { functionError } from "../../core/actions/function-error.ts";
import { actionOf } from "../../core/actions/index.ts";
import { cloudformation } from "../../core/aws/cloudformation.ts";
import { lambda } from "../../core/aws/lambda.ts";
import { EksLambdaError, usageError } from "../../core/errors.ts";
import { ownerName, ownerVariable } from "../../core/kube/owner.ts";
import { stackName } from "../../core/setup/names.ts";
import { functionNameOf, namespaceOf } from "../../core/setup/stack/found.ts";
import { rules } from "../../core/setup/values.ts";
import { createHandler } from "../../lambda/handler.ts";
import { checkFlag } from "../flags.ts";
import { readInput } from "../input.ts";
import { withNamedHints } from "../naming.ts";
import { renderLog, renderResult } from "../render/invocation.ts";
import { print, printJson } from "../render/text.ts";
import { openSession, type Session, type SessionFlags } from "../session.ts";

interface InvokeFlags extends SessionFlags {
  readonly name?: string;
  readonly stack?: string;
  readonly function?: string;
  readonly event?: string;
  readonly local?: boolean;
}
type Fields = Readonly<Record<string, unknown>>;

export const invoke = (flags: InvokeFlags): Promise<void> => withNamedHints(flags.name, () => call(flags));

async function call(flags: InvokeFlags): Promise<void> {
  const given = await readEvent(flags.event);
  const { name: action } = actionOf(given);
  const event = (given ?? {}) as Fields;
  checkFlag("--name", rules.name, flags.name);
  checkFlag("--stack", rules.stack, flags.stack);
  const session = await openSession(flags);
  // Each retry of the SDK has a new request id. A fixed name makes all of them create the same object.
  const unnamed = action === "create" && event.name === undefined;
  const sent: Sent = unnamed
    ? { event: { ...event, name: `nginx-${randomUUID()}` }, namedBy: "command" }
    : { event, namedBy: "person" };
  const result = await (flags.local ? runHere : runThere)(session, flags, sent);
  if (flags.json) printJson(result);
  else print(renderResult(result));
}

/** JSON, `@file`, or `-` for standard input. Throws `InvalidEvent`. */
async function readEvent(given = "{}"): Promise<unknown> {
  const source = await readInput(given, "InvalidEvent", "the event");
  try {
    return JSON.parse((source ?? given).trim() || "{}");
  } catch (error) {
    throw source === undefined ? notJson(given, error as Error) : notJsonIn(given);
  }
}

const notJson = (text: string, { message }: Error) =>
  usageError(
    "InvalidEvent",
    `the event is not JSON: ${message}: ${text.slice(0, 100)}`,
    `for example --event '{"name":"web","replicas":3}'`,
  );

/** Doesn't show the text: the file may contain secrets and be named by mistake. */
const notJsonIn = (source: string) =>
  source === "-"
    ? usageError("InvalidEvent", "the event from standard input is not JSON", "send it through `jq .` to see where")
    : usageError(
        "InvalidEvent",
        `the event in ${source.slice(1)} is not JSON`,
        `\`jq . ${source.slice(1)}\` shows where`,
      );

interface Sent {
  readonly event: Fields;
  /** Who chose the name of the Deployment. */
  readonly namedBy: "person" | "command";
}

async function runThere(session: Session, flags: InvokeFlags, { event, namedBy }: Sent): Promise<Fields> {
  const functionName = flags.function ?? (await deployedFunction(session, flags));
  const functions = lambda(session.aws);
  const { payload, failed, log } = await functions.invoke(functionName, event);
  if (!failed) return payload as Fields;
  const error = functionError(payload);
  // The name is unique, so an earlier attempt of this call created the Deployment.
  if (namedBy === "command" && error.code === "AlreadyExists") {
    const namespace = event.namespace ?? (await functions.configuration(functionName))?.environment.CLUSTER_NAMESPACE;
    return { action: "unchanged", kind: "Deployment", namespace: namespace ?? "default", name: event.name };
  }
  renderLog(log);
  throw error;
}

/** Reads the name from the stack's output, because setup can choose it. Throws `NotSetUp`, `StackInvalid`. */
async function deployedFunction(session: Session, flags: InvokeFlags): Promise<string> {
  const stack = flags.stack ?? stackName(await session.clusterName(), flags.name);
  const found = await cloudformation(session.aws).stack(stack);
  const name = found && functionNameOf(found, { stack, region: session.region });
  if (name !== undefined) return name;
  throw new EksLambdaError("NotSetUp", `no complete stack named "${stack}" in ${session.region}`, {
    hint: "run `eks-lambda setup`; or name the function with --function, or the stack with --stack",
  });
}

/** The function's own; `undefined` where there is no stack yet, or the caller may not read it. Throws `StackInvalid`. */
async function deployedNamespace({ aws, region }: Session, stack: string): Promise<string | undefined> {
  const found = await cloudformation(aws)
    .stack(stack)
    .catch((error: unknown) => {
      if (error instanceof EksLambdaError && error.code === "AwsForbidden") return undefined;
      throw error;
    });
  return found && namespaceOf(found, { stack, region });
}

async function runHere(session: Session, flags: InvokeFlags, { event }: Sent): Promise<Fields> {
  const { region } = session;
  const [cluster, { account }] = await Promise.all([session.cluster(), session.sts.identity()]);
  const stack = flags.stack ?? stackName(cluster.name, flags.name);
  const namespace = await deployedNamespace(session, stack);
  const handler = createHandler({
    environment: {
      CLUSTER_NAME: cluster.name,
      CLUSTER_ENDPOINT: cluster.endpoint,
      CLUSTER_CA: cluster.ca,
      AWS_REGION: region,
      ...(namespace !== undefined && { CLUSTER_NAMESPACE: namespace }),
      [ownerVariable]: ownerName({ account, region, stack }),
    },
    connection: await session.connection(cluster),
  });
  const end = Date.now() + 30_000;
  try {
    return await handler(event, { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => end - Date.now() });
  } catch (error) {
    throw functionError({ errorType: (error as Error).name, errorMessage: (error as Error).message });
  }
}
