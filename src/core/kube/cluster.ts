/** What the function must know of its cluster: written into its environment by `setup`, read there by the handler. */
import { EksLambdaError } from "../errors.ts";

export interface ClusterAddress {
  readonly name: string;
  /** `https://…`, as `eks:DescribeCluster` gives it. */
  readonly endpoint: string;
  /** The certificate authority, PEM in base64. */
  readonly ca: string;
  /** Where the function acts when an event names no namespace. */
  readonly namespace: string;
}

const variables = {
  name: "CLUSTER_NAME",
  endpoint: "CLUSTER_ENDPOINT",
  ca: "CLUSTER_CA",
  namespace: "CLUSTER_NAMESPACE",
} as const satisfies Record<keyof ClusterAddress, string>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `EnvironmentIncomplete` or `EnvironmentInvalid`, naming the variable. */
export function clusterFromEnvironment(environment: Environment): ClusterAddress {
  const read = (variable: string, otherwise?: string): string => {
    const value = environment[variable] || otherwise;
    if (value) return value;
    throw new EksLambdaError("EnvironmentIncomplete", `the environment variable ${variable} is not set`, {
      hint: "run `eks-lambda setup`, or deploy template.yml with all of its parameters",
    });
  };
  const endpoint = read(variables.endpoint);
  if (!endpoint.startsWith("https://") || !URL.canParse(endpoint)) {
    throw new EksLambdaError("EnvironmentInvalid", `${variables.endpoint} is "${endpoint}"; it must be an https URL`, {
      hint: "run `eks-lambda setup`, which writes it as `aws eks describe-cluster` shows it",
    });
  }
  return {
    name: read(variables.name),
    endpoint,
    ca: read(variables.ca),
    namespace: read(variables.namespace, "default"),
  };
}
