/** Renders what a shell in the sandbox begins with. */
import { columnsOf, hanging } from "./layout.ts";
import { onStderr as colour } from "./palette.ts";
import { lines, type Text, text } from "./text.ts";

/** In the order in which one tries them. */
const commands: readonly (readonly [command: string, purpose: string])[] = [
  ["eks-lambda setup", "create the function and give it access"],
  ["eks-lambda invoke", "let it create a Deployment"],
  ["eks-lambda doctor", "find what is broken"],
  ["eks-lambda teardown", "remove everything that setup created"],
  ["kubectl get pods", "look around: kubectl and the AWS CLI use the sandbox"],
];

interface Place {
  readonly account: string;
  readonly cluster: string;
  readonly region: string;
}

export const renderSandbox = ({ account, cluster, region }: Place): Text =>
  lines([
    hanging(
      "",
      text`${colour.bold("sandbox")} · account ${account} (simulated) · cluster ${colour.bold(cluster)} · ${region}`,
      columnsOf(process.stderr),
    ),
    "your own account and kubeconfig are not touched",
    "",
    ...commands.map(([command, purpose]) => text`  ${colour.cyan(command.padEnd(20))}  ${colour.dim(purpose)}`),
    text`  ${colour.cyan("exit".padEnd(20))}  ${colour.dim("leave the sandbox, which deletes it")}`,
    "",
  ]);
