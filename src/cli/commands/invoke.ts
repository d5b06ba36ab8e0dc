/** `eks-lambda invoke`: invokes the deployed function, or with `--local` runs its handler on this computer. */

import { randomUUID } from "node:crypto";
import { asAnswered, functionError } from "../../core/actions/function-error.ts";
import { actions } from "../../core/actions/index.ts";
import { lambda } from "../../core/aws/lambda.ts";
import { advice, command, quoted } from "../../core/command.ts";
import { EksLambdaError, hasCode, restated, usageError } from "../../core/errors.ts";
import { adviceOf } from "../../core/function-hints.ts";
import { allowedBy } from "../../core/setup/allow.ts";
import { createHandler } from "../../lambda/handler.ts";
import { clock } from "../context.ts";
import { checkFunctionFlags, deployedFunction } from "../deployed-function.ts";
import { eventOf, type Words, wordsOf } from "../event.ts";
import type { FlagsOf } from "../flag-table.ts";
import { checkSetting } from "../flags.ts";
import { withWords } from "../hints.ts";
import { withoutEffect } from "../idle-flags.ts";
import { readInput } from "../input.ts";
import { checkedAction } from "../invoke-check.ts";
import { invokeSource, mayHaveSource, sourceOf } from "../invoke-source.ts";
import {
  type Fields,
  type Run,
  refuseIdleWait,
  refuseUnfollowed,
  type Sent,
  waitFor,
  waitsItself,
} from "../invoke-wait.ts";
import { localEnvironment } from "../local-environment.ts";
import { readManifests } from "../manifests.ts";
import { renderLog, renderResult } from "../render/invocation.ts";
import { renderWarnings } from "../render/plan.ts";
import { printJson, tell } from "../render/text.ts";
import { person, type Runner } from "../runner.ts";
import { openSession, type Session } from "../session.ts";
import { withRevision } from "../undo-hint.ts";

/** `typed`: `restart`, `deployments/web`. */
export async function invoke(typed: readonly string[], flags: FlagsOf<"invoke">, by = person): Promise<void> {
  const words = wordsOf(typed);
  const given = await givenEvent(words, flags);
  checkFunctionFlags(flags);
  checkSetting("timeout", flags.timeout);
  const opened = mayHaveSource(flags) ? await openSession(flags, by) : undefined;
  const path = opened && (await sourceOf(opened, flags));
  if (opened && path !== undefined) {
    refuseStockFlags(flags);
    return invokeSource(opened, flags, { path, event: given, by });
  }
  const { name: chosen } = checkedAction(given, words, flags);
  refuseIdleWait(chosen, flags);
  const wait = flags.wait && !waitsItself(chosen);
  const event: Fields = { ...(given as Fields | null), ...(flags.wait && !wait && { wait: true }) };
  const session = opened ?? (await openSession(flags, by));
  // Each retry of the SDK has a new request id. A fixed name makes all of them create the same object.
  const unnamed = chosen === "create" && event.name === undefined;
  const sent: Sent = unnamed
    ? { event: { ...event, name: `nginx-${randomUUID()}` }, namedBy: "command" }
    : { event, namedBy: "person" };
  // A second request id would make a second Job.
  const aws = chosen === "run-job" ? { ...session.aws, maxAttempts: 1 } : session.aws;
  const run = await (flags.local ? runsHere : runsThere)({ ...session, aws }, flags);
  // The status that it waits for is shown at the end.
  const isStatus = wait && chosen === "status";
  if (wait && !isStatus) await refuseUnfollowed(chosen, run, sent);
  const result = await run(sent).catch((error: unknown) => {
    throw error instanceof EksLambdaError && flags.event === undefined
      ? withRevision(error, { ...words, set: flags.set })
      : error;
  });
  if (!flags.json && !isStatus) show(result, by);
  if (flags.json && !wait) printJson(result, by.print);
  if (wait) await waitFor(result, run, { flags, by });
}

/** Also shows the API server's warnings, which are not part of the result. */
function show(result: Fields, { print }: Runner): void {
  const { warnings }: Fields = { ...result };
  print(renderResult(result, clock.now()));
  if (Array.isArray(warnings)) tell(renderWarnings(warnings.map(String)));
}

/** Flags that are about the event, of which `--event` is the whole. */
const ofEvent = ["filename", "namespace", "replicas", "image", "set"] as const;

/** The event from the words and their flags, or else from `--event`. */
async function givenEvent(words: Words, flags: FlagsOf<"invoke">): Promise<unknown> {
  const { event, filename, ...fields } = flags;
  const isTyped = words.action !== undefined || ofEvent.some((key) => flags[key] !== undefined);
  if (!isTyped) return readEvent(event);
  if (event !== undefined) throw withoutEffect("event", "together with an action, its flags or --set");
  const manifests = filename && (await readManifests(filename));
  return eventOf({ ...fields, ...words, manifests }, actions.get(words.action ?? "create")?.fields ?? {});
}

/** Throws `FlagWithoutEffect`. */
function refuseStockFlags(flags: FlagsOf<"invoke">): void {
  const found = (["wait", "timeout", "filename", "namespace", "replicas", "image"] as const).find(
    (key) => flags[key] !== undefined,
  );
  if (found === undefined) return;
  const message = `--${found} has no effect on your own function`;
  throw usageError("FlagWithoutEffect", message, "leave it out; the function acts on its event, from --event");
}

/** JSON, `@file`, or `-` for standard input. Throws `InvalidEvent`. */
async function readEvent(given = "{}"): Promise<unknown> {
  const source = await readInput(given, "InvalidEvent", "the event");
  if (source?.trim() === "")
    throw usageError(
      "InvalidEvent",
      `the event from ${given === "-" ? "standard input" : given.slice(1)} is empty`,
      "leave --event out to send {}",
    );
  try {
    return JSON.parse(source ?? given);
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
        advice`\`${command`jq . ${source.slice(1)}`}\` shows where`,
      );

async function runsThere(session: Session, flags: FlagsOf<"invoke">): Promise<Run> {
  const functionName = await deployedFunction(session, flags);
  const functions = lambda(session.aws);
  return async ({ event, namedBy }) => {
    const { payload, failed, log } = await functions.invoke(functionName, event).catch((error: unknown) => {
      const isTyped = flags.function !== undefined && hasCode(error, "FunctionNotFound");
      throw isTyped ? usageError("FunctionNotFound", error.message, adviceOf(error)) : error;
    });
    if (flags.verbose) renderLog(log);
    if (!failed) return payload as Fields;
    const error = withNames(functionError(payload), { functionName, event });
    // The name is unique, so an earlier attempt of this call created the Deployment.
    if (namedBy === "command" && error.code === "AlreadyExists") {
      const namespace = event.namespace ?? (await functions.configuration(functionName))?.environment.CLUSTER_NAMESPACE;
      return { action: "unchanged", kind: "Deployment", namespace: namespace ?? "default", name: event.name };
    }
    throw error;
  };
}

interface Names {
  readonly functionName?: string;
  readonly event: Fields;
}

/** The function's hints leave out its own name, and the resource of an action that it does not know. */
function withNames(error: EksLambdaError, { functionName, event }: Names): EksLambdaError {
  const given = adviceOf(error);
  if (given === undefined) return error;
  const [only, ...others] = actions.get(event.action ?? "create")?.resources ?? [];
  const hint = withWords(given, (word, before) => {
    if (word === "NAME" && before === "--function-name") return quoted(functionName ?? word);
    return only !== undefined && others.length === 0 ? word.replace(/(?<=:)RESOURCE\b/, only) : word;
  });
  return restated(error, error.message, { hint, cause: error.cause });
}

async function runsHere(session: Session, flags: FlagsOf<"invoke">): Promise<Run> {
  const { cluster, environment, described, parameters } = await localEnvironment(session, flags);
  const allowed = await allowedBy(await session.kube(cluster), parameters);
  const handler = createHandler({ environment, connection: await session.connection(cluster), allowed });
  return async ({ event }) => {
    const end = Date.now() + described.timeoutMs;
    try {
      return await handler(event, { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => end - Date.now() });
    } catch (error) {
      throw withNames(functionError(asAnswered(error)), { event });
    }
  };
}
