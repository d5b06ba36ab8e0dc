/** Answers CloudFormation, and checks that it can; answers Terraform. The function carries this where `apply` and `delete` are both allowed. */
import type { Action, Result } from "../core/actions/action.ts";
import { forLambda } from "../core/actions/function-error.ts";
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

/**
 * Returns a handler that answers the events of CloudFormation and Terraform, and gives others to `handler`. `run` is a
 * handler whose event is what to run.
 */
export const withCustomResources =
  (handler: Handler, run: Handler, environment: Environment): Handler =>
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
          const { lateMs, lostMs, signal } = until;
          const cluster = environment.CLUSTER_NAME;
          answer = await customResource(event, { ...given, lateMs, lostMs, signal, cluster });
          // The handler logs it, and completes its hint.
          if (answer.error !== undefined) throw answer.error;
          return about;
        },
      };
      const limited = { awsRequestId: RequestId, getRemainingTimeInMillis: until.remainingMs };
      await run({ action: answered, name: action, event: about }, limited).catch((error: unknown) => {
        if (!answer) throw error;
        answer = { ...answer, error };
      });
      return answer as unknown as Answer;
    }).catch((error: unknown) => {
      throw error instanceof EksLambdaError ? forLambda(error) : error;
    });
    return about;
  };
