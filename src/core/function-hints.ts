/**
 * The hints of errors that the function throws, as commands that a run can complete: by the error's code, then by the
 * function's text. What has another text is a hint of someone else's, or of another version, and stays as it is.
 */

import type { Code } from "./codes.ts";
import { type Advice, advice, Command, command, type Hint } from "./command.ts";
import type { EksLambdaError } from "./errors.ts";
import { escaped } from "./text.ts";

type Find = (text: string) => Hint | undefined;

const oneOf =
  (...all: readonly Advice[]): Find =>
  (text) =>
    all.find((one) => String(one) === text);

/** A word as `shellWord` writes it. */
const word = /(?:[\w@%+=:,./-]|'[^'\n]*'|\\['\\])+/g;
/** The whole hint is a command, whose words only the function knows. */
const allowing: Find = (text) => {
  const words = text.match(word) ?? [];
  const isCommand = words.join(" ") === text && /^eks-lambda setup( --stack [\w-]+)? --allow/.test(text);
  return isCommand ? new Command(words) : undefined;
};

const setup = command`eks-lambda setup`;
const notResolved = advice`if the cluster was deleted and created again, run \`${setup}\`; a private endpoint resolves only in its VPC`;
const outOfReach = advice`a private endpoint can be reached only from its VPC, and publicAccessCidrs may exclude you: \`${command`aws eks describe-cluster --query cluster.resourcesVpcConfig`}\``;
const newCa = advice`the cluster's CA may have been rotated: \`${setup}\` updates endpoint and CA`;
const incomplete = advice`\`${setup}\` writes CLUSTER_*, and Lambda AWS_*; elsewhere, give connect() \`cluster\`, \`region\` and \`credentials\``;
const moreTime = advice`\`${command`eks-lambda setup --timeout SECONDS`}\` gives the function more time`;
const moreByLambda = advice`give it more: \`${command`aws lambda update-function-configuration --function-name NAME --timeout SECONDS`}\``;
const unmapped = advice`\`${command`eks-lambda doctor`}\` finds out why; a new mapping takes some seconds`;

/** Each code of the function whose hints have commands. */
export const functionHints: ReadonlyMap<string, Find> = new Map<Code, Find>([
  ["ConnectionRefused", oneOf(outOfReach)],
  ["DnsFailed", oneOf(notResolved)],
  ["EnvironmentIncomplete", oneOf(incomplete)],
  ["EnvironmentInvalid", oneOf(incomplete)],
  ["Forbidden", oneOf(advice`\`${setup}\` grants what the function declares`)],
  ["ImageNotAllowed", allowing],
  ["NotAllowed", allowing],
  ["Timeout", oneOf(outOfReach, moreTime, moreByLambda)],
  ["TlsFailed", oneOf(newCa)],
  ["Unauthorized", oneOf(unmapped)],
]);

/** The hint of an error of the function, of which only code and text are known. */
export const adviceFor = (code: string, hint: string | undefined): Hint | undefined =>
  hint === undefined ? undefined : (functionHints.get(code)?.(escaped(hint)) ?? hint);

/** The hint of an error with its commands, to pass on or to show. */
export const adviceOf = ({ advice, code, hint }: EksLambdaError): Hint | undefined => advice ?? adviceFor(code, hint);
