/** docs/conformance.md: a table for each group, from what both backends answered. */
import { tested } from "../backend/parts.ts";
import { classes } from "../fuzz/classes.ts";
import { fuzzPage, type Recorded as Requests, record as requestRecord } from "../fuzz/record.ts";
import { type Recorded as Sequences, record as sequenceRecord, sequencesPage } from "../fuzz/sequences/record.ts";
import { suites } from "../suites.ts";
import type { Answer, Case, Group } from "./case.ts";

/** Normalised. */
export interface Answers {
  readonly real: Answer;
  readonly sandbox: Answer;
}

const intro = `# Conformance of the sandbox

Every request that eks-lambda sends, and each refusal of it, sent to two backends: the real one (kube-apiserver with
aws-iam-authenticator, and an AWS account of moto behind verified signatures) and the sandbox. Status, \`reason\`,
\`message\` and \`details\` of the answers are compared, and the relevant fields of successful answers. This page is the
output of \`test/e2e/conformance.test.ts\`, which fails when an answer changes. Ids, times and hosts are replaced by words.

For Kubernetes and the authenticator, the real backend is correct by definition. For AWS it is moto: where AWS documents
another answer, the sandbox gives AWS's, and the row says so.

No part of CloudFormation can run here: both backends model it. The cases of its custom resources, exports and rollbacks name
where AWS documents what it does, or who reports it. \`inferred\` is what neither says.
`;

const suitesPage = `## Tests of others

\`test/e2e/suites.test.ts\` runs tests that others wrote against an API server without controllers and against the
sandbox:

${suites.map(({ of, title }) => `- \`${of}\`: ${title} (${tested[of].module} ${tested[of].version})`).join("\n")}

What passes in the sandbox passes on the API server. What passes on the API server passes in the sandbox, but for:

| suite | why | test |
|---|---|---|
${suites.flatMap(({ of, notInSandbox }) => notInSandbox.flatMap(({ why, names }) => names.map((name) => `| ${of} | ${why} | ${name} |`))).join("\n")}
`;

const reasons = new Map(classes.map(({ name, reason }) => [name, reason]));

export const equal = ({ real, sandbox }: Answers): boolean => JSON.stringify(real) === JSON.stringify(sandbox);

const shown = ({ status, reason, message }: Answer): string =>
  `${[status, reason].filter(Boolean).join(" ")}${message && `: ${code(message)}`}`;

/** A message as code in a cell of a table. */
const code = (text: string): string => {
  const line = text.trim().replace(/\s*\n\s*/g, " ⏎ ");
  const fence = line.includes("`") ? "``" : "`";
  return `${fence}${line}${fence}`;
};
const cell = (text: string): string => text.replaceAll("|", "\\|");

function row({ name, request, known }: Case, answers: Answers): string {
  const other = equal(answers) ? "same" : `${shown(answers.sandbox)}${known ? `<br>${known}` : ""}`;
  return `| ${[name, request, shown(answers.real), other].map(cell).join(" | ")} |`;
}

/** What the fuzz counted, if not what the records say. */
export interface Counted {
  readonly requests?: Requests;
  readonly sequences?: Sequences;
}

export function pageOf(groups: readonly Group[], seen: ReadonlyMap<Case, Answers>, counted: Counted = {}): string {
  const { requests = requestRecord, sequences = sequenceRecord } = counted;
  const all = [...seen.values()];
  const count = `${all.length} cases, ${all.filter(equal).length} the same.`;
  const tables = groups.map(({ title, intro: about, cases }) => {
    const rows = cases.flatMap((one) => {
      const answers = seen.get(one);
      return answers ? [row(one, answers)] : [];
    });
    return `## ${title}\n\n${about}\n\n| case | request | real | sandbox |\n|---|---|---|---|\n${rows.join("\n")}\n`;
  });
  const fuzz = [fuzzPage(requests, reasons), sequencesPage(sequences)];
  return [intro, `${count}\n`, suitesPage, ...fuzz, ...tables].join("\n");
}
