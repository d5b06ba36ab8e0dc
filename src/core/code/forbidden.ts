/** Names the right that a function must declare after the API server refused a request. */
import { advice, type Command } from "../command.ts";
import { type EksLambdaError, restated } from "../errors.ts";
import { formatNeed, type Need } from "../kube/need.ts";

/** Source: https://github.com/kubernetes/apiserver/blob/master/pkg/endpoints/handlers/responsewriters/errors.go */
const refusal =
  /^(?:[\w.-]+ "(?<name>(?:[^"\\]|\\.)*)" is forbidden)?.*cannot (?<verb>\w+) resource "(?<resource>[^"]+)" in API group "(?<group>[^"]*)"(?: in the namespace "(?<namespace>[^"]+)"| at the cluster scope)/;

/** A name that a right can have in its text. */
const notable = /^[^\s@\\][^\s\\]*$/;

/** `undefined` also where the need could not name the object: without its name, it would be wider. */
export function neededBy(message: string): Need | undefined {
  const { name, verb, resource, group = "", namespace } = refusal.exec(message)?.groups ?? {};
  if (verb === undefined || resource === undefined || !notable.test(name ?? "any")) return undefined;
  return {
    group,
    resource,
    verbs: [verb],
    ...(name !== undefined && { names: [name] }),
    ...(namespace === undefined ? { cluster: true } : { namespace }),
  };
}

/** The error with the need to declare in its hint. `deploy`: the command that deploys the function again. */
export function withNeed(error: EksLambdaError, deploy: Command): EksLambdaError {
  const need = error.code === "Forbidden" ? neededBy(error.message) : undefined;
  if (!need) return error;
  return restated(error, error.message, {
    hint: advice`let the function declare "${formatNeed(need)}", then deploy it: ${deploy}`,
  });
}
