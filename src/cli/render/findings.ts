/** Renders doctor's findings. */
import type { Finding } from "../../core/doctor/link.ts";
import type { DecodedToken } from "../../core/doctor/pasted-token.ts";
import { maxTokenLength } from "../../core/kube/token.ts";
import { inParentheses } from "./code.ts";
import { onStdout as colour } from "./palette.ts";
import { lines, linesOf, type Text, text } from "./text.ts";

const signs: Readonly<Record<Finding["status"], Text>> = {
  ok: colour.green("✔"),
  broken: colour.red("✖"),
  "not reached": colour.dim("·"),
};

export function renderFindings(findings: readonly Finding[]): Text {
  const width = Math.max(...findings.map(({ link }) => link.length));
  const indent = " ".repeat(width + 4);
  return lines(
    findings.flatMap(({ link, status, message, code, hint }) => {
      const [first = "", ...others] = linesOf(message);
      const head = status === "not reached" ? colour.dim(text`not reached, ${first}`) : first;
      const behind = code === undefined ? "" : text` ${inParentheses(code)}`;
      const whole = lines([head, ...others.map((line) => text`${indent}${line}`)]);
      const hints =
        hint === undefined ? [] : linesOf(hint).map((line) => text`${indent}${colour.cyan("hint")} ${line}`);
      return [text`${signs[status]} ${link.padEnd(width)}  ${whole}${behind}`, ...hints];
    }),
  );
}

export const renderToken = ({ host, accessKeyId, signedAt, acceptedUntil, temporary, length }: DecodedToken): Text =>
  lines([
    text`${colour.green("✔")} the token follows the authenticator's rules, ${length} of ${maxTokenLength} characters`,
    text`  calls ${host} as access key ${accessKeyId}${temporary ? ", temporary credentials" : ""}`,
    text`  made ${signedAt.toISOString()}, accepted until ${acceptedUntil.toISOString()}`,
    "  not checked: which cluster it is for, and its signature",
  ]);
