/** Renders doctor's findings. */
import { partsOf } from "../../core/command.ts";
import type { Finding } from "../../core/doctor/link.ts";
import type { DecodedToken } from "../../core/doctor/pasted-token.ts";
import { maxTokenLength } from "../../core/kube/token.ts";
import { inParentheses } from "./error.ts";
import { columnsOf, hanging } from "./layout.ts";
import { onStdout as colour } from "./palette.ts";
import { lines, linesOf, type Text, text } from "./text.ts";

const signs: Readonly<Record<Finding["status"], Text>> = {
  ok: colour.green("✔"),
  broken: colour.red("✖"),
  "not reached": colour.dim("·"),
};

/** `width` is that of the longest link. */
export function renderFinding(finding: Finding, width: number): Text {
  const { link, status, message, rights = [], warnings = [], code, hint } = finding;
  const columns = columnsOf(process.stdout);
  // Further lines stand where hints do: a mark tells them apart.
  const [first = "", ...others] = linesOf(message);
  const said = lines([first, ...others.map((line) => text`| ${line}`), ...rights.map((right) => text`  ${right}`)]);
  const whole = status === "not reached" ? colour.dim(text`not reached, ${said}`) : said;
  const behind = code === undefined ? "" : text` ${inParentheses(code)}`;
  const indented = " ".repeat(width + 4);
  const below = (mark: Text, texts: readonly (Text | string)[]) =>
    texts.map((line) => hanging(text`${indented}${mark} `, line, columns));
  return lines([
    hanging(text`${signs[status]} ${link.padEnd(width)}  `, text`${whole}${behind}`, columns),
    ...below(colour.yellow("warning:"), warnings.flatMap(linesOf)),
    ...below(colour.cyan("hint"), hint === undefined ? [] : linesOf(partsOf(hint).join(""))),
  ]);
}

export function renderVerdict(findings: readonly Finding[]): Text {
  const those = (wanted: Finding["status"]) =>
    findings.flatMap(({ link, status }) => (status === wanted ? link : [])).join(", ");
  const [broken, unknown] = [those("broken"), those("not reached")];
  const columns = columnsOf(process.stdout);
  if (broken) return hanging(text`${signs.broken} `, `broken: ${broken}; fix it and run doctor again`, columns);
  return hanging(text`${signs.ok} `, `nothing is broken${unknown ? `; not checked: ${unknown}` : ""}`, columns);
}

export const renderToken = ({ host, accessKeyId, signedAt, acceptedUntil, temporary, length }: DecodedToken): Text =>
  lines([
    text`${colour.green("✔")} the token follows the authenticator's rules, ${length} of ${maxTokenLength} characters`,
    text`  calls ${host} as access key ${accessKeyId}${temporary ? ", temporary credentials" : ""}`,
    text`  signed ${signedAt.toISOString()}, accepted until ${acceptedUntil.toISOString()}`,
    "  not checked: which cluster it is for, and its signature",
  ]);
