/** The cluster's address. `setup` writes it into the function's environment, where the handler reads it. */
import { EksLambdaError } from "../errors.ts";

export interface ClusterAddress {
  readonly name: string;
  /** `https://…`, as `eks:DescribeCluster` gives it. */
  readonly endpoint: string;
  /** The certificate authority, PEM in base64. */
  readonly ca: string;
  /** The namespace for events that name none. */
  readonly namespace: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const incomplete =
  "`eks-lambda setup` writes CLUSTER_*, and Lambda AWS_*; elsewhere, give connect() `cluster`, `region` and `credentials`";

/** Throws `EnvironmentIncomplete`. */
export function required(environment: Environment, variable: string): string {
  const value = environment[variable];
  if (value) return value;
  throw new EksLambdaError("EnvironmentIncomplete", `the environment variable ${variable} is not set`, {
    hint: incomplete,
  });
}

/** Throws `EnvironmentIncomplete` or `EnvironmentInvalid`, naming the variable. */
export function clusterFromEnvironment(environment: Environment): ClusterAddress {
  const endpoint = required(environment, "CLUSTER_ENDPOINT");
  if (!endpoint.startsWith("https://") || !URL.canParse(endpoint))
    throw new EksLambdaError("EnvironmentInvalid", `CLUSTER_ENDPOINT is "${endpoint}"; it must be an https URL`, {
      hint: incomplete,
    });
  return {
    name: required(environment, "CLUSTER_NAME"),
    endpoint,
    ca: required(environment, "CLUSTER_CA"),
    namespace: environment.CLUSTER_NAMESPACE || "default",
  };
}
