/** Invokes the function's own `check`, which tests all links from inside. */

import { functionError } from "../actions/function-error.ts";
import { type Advice, advice, adviceLines, command } from "../command.ts";
import { EksLambdaError, restated } from "../errors.ts";
import { adviceOf } from "../function-hints.ts";
import { counted } from "../text.ts";
import type { Link } from "./link.ts";
import { checkEvents, checksOf, warningsOf } from "./self-check.ts";

export const view: Link = {
  id: "view",
  after: ["function"],
  async prove({ lambda, target, namespace }) {
    const { functionName, rights } = await target();
    if (rights.origin === "allow") return "not checked: the function's code has no check";
    const event = rights.origin === "stock" ? { namespace: await namespace() } : {};
    const { payload, failed, log } = await lambda.invoke(functionName, { ...checkEvents[rights.origin], ...event });
    if (failed) {
      const subnets = (await lambda.configuration(functionName))?.subnetIds ?? [];
      throw seenFromInside(functionError(payload), log, subnets);
    }
    const checks = checksOf(payload, functionName);
    const wrong = checks.filter(({ ok }) => !ok).map(({ name }) => name);
    if (wrong.length === 0) {
      const message = `the function's own check: ${counted(checks.length, "answer")}, each as it should be`;
      const warnings = warningsOf(payload);
      return { message, ...(warnings.length > 0 && { warnings }) };
    }
    throw new EksLambdaError("ChecksFailed", `the function's own check failed: ${wrong.join(", ")}`, {
      hint: "the links above show which mapping or right differs; those not reached need a caller who may read Roles and bindings",
    });
  },
};

const unreached = /^(Timeout|DnsFailed|ConnectionRefused|ConnectionLost|Sandbox\.Timedout)$/;

/**
 * Adds errors from the log to the function's error, and a hint about routes if a function in a VPC did not reach the
 * API server.
 */
export function seenFromInside(error: EksLambdaError, log: string, subnetIds: readonly string[]): EksLambdaError {
  const hint = adviceLines([
    unreached.test(error.code) && subnetIds.length > 0 ? routeHint(subnetIds) : adviceOf(error),
    ...lastErrors(log, error.message).map((line) => `log: ${line}`),
  ]);
  return restated(error, `the function says: ${error.message}`, { hint });
}

const routeHint = (subnetIds: readonly string[]): Advice =>
  advice`the function runs in ${subnetIds.join(", ")}: check for a route from there to the endpoint (through NAT to a public one), and that the cluster's security group admits it on port 443: ${command`aws ec2 describe-route-tables --filters Name=association.subnet-id,Values=${subnetIds.join(",")}`}`;

/** At most three lines of the log that report an error, without those that repeat the given one. */
export function lastErrors(log: string, message: string): readonly string[] {
  return log
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /error|exception|timed out|fatal/i.test(line))
    .filter((line) => !line.includes(JSON.stringify(message).slice(1, -1)))
    .slice(-3)
    .map((line) => (line.length <= 300 ? line : `${line.slice(0, 299)}…`));
}
