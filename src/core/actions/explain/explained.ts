/** Adds to an error why a rollout or a Job does not come. */
import { type EksLambdaError, restated } from "../../errors.ts";
import type { Looked } from "./look.ts";
import { described } from "./problems.ts";

/** The error, with its reasons. If these cannot be read, it says so. */
export async function explained(error: EksLambdaError, see: () => Promise<Looked>): Promise<EksLambdaError> {
  const why = await see().then(
    ({ problems }) => described(problems),
    ({ message }: Error) => `the cause could not be read: ${message}`,
  );
  const hint =
    error.code === "Timeout" ? "`eks-lambda setup --timeout SECONDS` gives the function more time" : undefined;
  return restated(error, why ? `${error.message}\n${why}` : error.message, { hint });
}
