/** What doctor found, as a person reads it. */
import chalk from "chalk";
import type { Finding } from "../../core/doctor/link.ts";
import type { DecodedToken } from "../../core/doctor/pasted-token.ts";
import { maxTokenLength } from "../../core/kube/token.ts";
import { inParentheses } from "./code.ts";

const signs: Readonly<Record<Finding["status"], string>> = {
  ok: chalk.green("✔"),
  broken: chalk.red("✖"),
  "not reached": chalk.dim("·"),
};

export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ link }) => link.length));
  return findings
    .flatMap(({ link, status, message, code, hint }) => [
      `${signs[status]} ${link.padEnd(width)}  ${status === "not reached" ? chalk.dim(`not reached, ${message}`) : message}${code ? ` ${inParentheses(code)}` : ""}`,
      ...(hint?.split("\n").map((line) => `  ${" ".repeat(width)}  ${chalk.cyan("hint")} ${line}`) ?? []),
    ])
    .join("\n");
}

export const renderToken = ({ host, accessKeyId, signedAt, acceptedUntil, temporary, length }: DecodedToken): string =>
  [
    `${chalk.green("✔")} a token that the authenticator's rules allow, ${length} of ${maxTokenLength} characters`,
    `  calls ${host} as access key ${accessKeyId}${temporary ? ", temporary credentials" : ""}`,
    `  made ${signedAt.toISOString()}, accepted until ${acceptedUntil.toISOString()}`,
    "  it does not tell the cluster that it is for, nor whether its signature is right",
  ].join("\n");
