/** Answers CloudFormation, and checks that it can; answers Terraform. The function carries this where `apply` and `delete` are both allowed. */
import type { Action, Result } from "../core/actions/action.ts";
import { answering } from "../core/custom-resource/answer.ts";
import {
  type Answer,
  customResource,
  isCustomResource,
  type Until,
  unreachable,
} from "../core/custom-resource/index.ts";
import { isTerraform, terraform } from "../core/custom-resource/terraform.ts";
import { EksLambdaError } from "../core/errors.ts";
import type { Environment } from "../core/kube/cluster.ts";
import type { Handler } from "./handler.ts";
import { remainingMs } from "./invocation.ts";

/** By code, what to do in the place of a command of eks-lambda: the stack that made the function is not one of setup's. */
export type Hints = Readonly<Record<string, string>>;

interface Surroundings {
  readonly environment: Environment;
  readonly hints: Hints;
}

function hinted(error: unknown, hints: Hints): unknown {
  if (!(error instanceof EksLambdaError) || !error.hint?.includes("eks-lambda ")) return error;
  const { code, message } = error;
  const hint = hints[code];
  return hint === undefined ? error : new EksLambdaError(code, message, { hint });
}

/**
 * Returns a handler that answers the events of CloudFormation and Terraform, and gives others to `handler`. `run` is a
 * handler whose event is what to run.
 */
export const withCustomResources =
  (handler: Handler, run: Handler, { environment, hints }: Surroundings): Handler =>
  async (event, context) => {
    if (isTerraform(event)) {
      const action: Pick<Action, "run"> = { run: (_, given) => terraform(event, given) };
      return run({ action, name: event.tf.action, event: {} }, context);
    }
    if (!isCustomResource(event)) {
      const result = await handler(event, context);
      const warning = result.action === "check" && (await unreachable(environment, remainingMs(context)));
      return warning ? { ...result, warnings: [...((result.warnings as string[]) ?? []), warning] } : result;
    }
    const { RequestType: action, RequestId, ResourceType: resource, LogicalResourceId: name, StackId: stack } = event;
    const about: Result = { action, resource, name, stack };
    await answering(event, { environment, remainingMs: () => remainingMs(context) }, async (until: Until) => {
      let answer: Answer | undefined;
      const answered: Pick<Action, "run"> = {
        async run(_, given) {
          const context = { ...given, signal: until.signal, cluster: environment.CLUSTER_NAME };
          answer = await customResource(event, context).catch((error: unknown) => {
            throw hinted(error, hints);
          });
          // The handler logs it, and completes its hint.
          if (answer.error !== undefined) throw hinted(answer.error, hints);
          return about;
        },
      };
      const limited = { awsRequestId: RequestId, getRemainingTimeInMillis: until.remainingMs };
      await run({ action: answered, name: action, event: about }, limited).catch((error: unknown) => {
        if (!answer) throw error;
        answer = { ...answer, error };
      });
      return answer as unknown as Answer;
    });
    return about;
  };
