/** Who the function is, from the variables in which Lambda hands it its region and the credentials of its role. */
import type { Environment } from "../core/cluster.ts";
import { EksLambdaError } from "../core/errors.ts";
import type { TokenRequest } from "../core/token.ts";

/** Reads at each call: Lambda may change the credentials of a warm environment. Throws `EnvironmentIncomplete`. */
export const environmentToken = (cluster: string, environment: Environment) => (): TokenRequest => ({
  cluster,
  region: required(environment, "AWS_REGION"),
  credentials: {
    accessKeyId: required(environment, "AWS_ACCESS_KEY_ID"),
    secretAccessKey: required(environment, "AWS_SECRET_ACCESS_KEY"),
    sessionToken: environment.AWS_SESSION_TOKEN,
  },
  now: new Date(),
});

function required(environment: Environment, variable: string): string {
  const value = environment[variable];
  if (value) return value;
  throw new EksLambdaError("EnvironmentIncomplete", `the environment variable ${variable} is not set`, {
    hint: "Lambda sets it; elsewhere, set it as the AWS CLI reads it",
  });
}
