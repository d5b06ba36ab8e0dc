/** Invokes a function of the user's, which takes any event and may answer with any JSON value. */

import { resolve } from "node:path";
import { functionError } from "../core/actions/function-error.ts";
import { type Invocation, lambda } from "../core/aws/lambda.ts";
import { withNeed } from "../core/code/forbidden.ts";
import { advice, command } from "../core/command.ts";
import { EksLambdaError, usageError } from "../core/errors.ts";
import { fieldOf } from "../core/parameters/deployed.ts";
import { stackName } from "../core/stack/names.ts";
import { deployedFunction } from "./deployed-function.ts";
import type { Flags } from "./flag-table.ts";
import { localEnvironment, readableStack } from "./local-environment.ts";
import { renderLog } from "./render/invocation.ts";
import { printJson } from "./render/text.ts";
import type { Runner } from "./runner.ts";
import type { Session } from "./session.ts";

/** False only for the stock function, the one without a name. */
export const mayHaveSource = (flags: Flags): boolean =>
  flags.function === undefined && (flags.entry ?? flags.name ?? flags.stack) !== undefined;

/**
 * The path of the source; `undefined` for the stock function, or where the caller may not read the stack. Throws `NotSetUp`
 * for a local run of a function that is not known: the stock function must not act as the caller in its place.
 */
export async function sourceOf(session: Session, flags: Flags): Promise<string | undefined> {
  if (flags.entry !== undefined) return flags.entry;
  const stack = flags.stack ?? stackName(await session.clusterName(), flags.name);
  const found = await readableStack(session, stack);
  if (flags.local && !found)
    throw new EksLambdaError("NotSetUp", `there is no stack "${stack}" in ${session.region} that you may read`, {
      hint: advice`--local does not know this function: run \`${command`eks-lambda setup`}\`, or name the file of your own function with --entry`,
    });
  return fieldOf("entry", found?.parameters);
}

interface SourceEvent {
  readonly path: string;
  readonly event: unknown;
  readonly by: Runner;
}

/** Prints the answer as JSON. Throws the function's error; the hint of a `Forbidden` has the right to declare. */
export async function invokeSource(session: Session, flags: Flags, sent: SourceEvent): Promise<void> {
  const { payload, failed } = await (flags.local ? runHere : runThere)(session, flags, sent);
  if (failed) throw withNeed(functionError(payload), command`eks-lambda setup --entry ${sent.path}`);
  printJson(payload ?? null, sent.by.print);
}

type Answer = Pick<Invocation, "payload" | "failed">;

async function runThere(session: Session, flags: Flags, { event }: SourceEvent): Promise<Answer> {
  const answer = await lambda(session.aws).invoke(await deployedFunction(session, flags), event);
  if (answer.failed) renderLog(answer.log);
  return answer;
}

/** Runs only what the person names: anyone who may change the stack could have changed the path in it. */
async function runHere(session: Session, flags: Flags, { path, event }: SourceEvent): Promise<Answer> {
  if (flags.entry === undefined)
    throw usageError(
      "EntryNeeded",
      "--local does not know the file of this function",
      `add --entry; it was deployed from ${path}`,
    );
  const { runSource } = await import("../core/code/local.ts");
  const { environment, described, parameters } = await localEnvironment(session, flags);
  const { accessKeyId, secretAccessKey, sessionToken } = await session.sts.credentials();
  const own = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
  };
  const variables = { ...neededOf(process.env), ...fieldOf("env", parameters), ...environment, ...own };
  return runSource({ file: resolve(path), event, described, environment: variables });
}

/** What Node.js and the AWS SDK need on this computer. The function sees no other variable of the shell: Lambda has none. */
const needed = /^(PATH|HOME|USERPROFILE|TMPDIR|TEMP|TMP|SYSTEMROOT|NODE_EXTRA_CA_CERTS|AWS_ENDPOINT_URL(_\w+)?)$/i;
const neededOf = (shell: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(shell).filter(([name]) => needed.test(name)));
