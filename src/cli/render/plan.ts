/** Target, plan and checks, as a person reads them. */
import { chalkStderr as chalk } from "chalk";
import type { Restoration } from "../../core/aws-auth/restore.ts";
import type { Check } from "../../core/doctor/function.ts";
import type { Change } from "../../core/plan.ts";
import type { Target } from "../../core/setup/target.ts";

export function renderTarget({ cluster, region, caller, access }: Target): string {
  const state = cluster.exists ? `access by ${access.method} (${access.reason})` : "not there, or not yet";
  return [
    `cluster ${chalk.bold(cluster.name)} · ${region} · account ${caller.account} · ${state}`,
    chalk.dim(`you are ${caller.arn}`),
  ].join("\n");
}

const signs: Readonly<Record<Change["action"], string>> = {
  create: chalk.green("+"),
  update: chalk.yellow("~"),
  delete: chalk.red("-"),
  unchanged: chalk.dim("="),
};

export function renderPlan(changes: readonly Change[]): string {
  if (changes.length === 0) return "";
  const width = (of: (change: Change) => string) => Math.max(...changes.map((change) => of(change).length));
  const step = width((change) => change.step);
  const target = width((change) => change.target);
  const lines = changes.flatMap((change) => [
    `  ${signs[change.action]} ${change.step.padEnd(step)}  ${change.target.padEnd(target)}  ${chalk.dim(change.summary)}`,
    ...details(change).map((line) => `      ${line}`),
    ...(change.warnings ?? []).map((warning) => `      ${chalk.yellow(`warning: ${warning}`)}`),
  ]);
  return `\n${lines.join("\n")}\n`;
}

/** The lines that differ; of what comes or goes its summary says enough, but for what stands in a text of others. */
function details({ step, action, before, after }: Change): readonly string[] {
  if (action === "unchanged" || (action !== "update" && step !== "aws-auth")) return [];
  const old = lines(before);
  const now = lines(after);
  return [
    ...old.filter((line) => !now.includes(line)).map((line) => chalk.red(`- ${line}`)),
    ...now.filter((line) => !old.includes(line)).map((line) => chalk.green(`+ ${line}`)),
  ];
}

const lines = (text: string | undefined): readonly string[] => (text ? text.split("\n").map(short) : []);

/** A certificate is told from another by its beginning and end. */
const short = (line: string): string => (line.length <= 140 ? line : `${line.slice(0, 60)}…${line.slice(-20)}`);

export const renderRestoration = ({ removed, added, lost }: Restoration): string =>
  [
    ...removed.map((line) => chalk.red(`- ${line}`)),
    ...added.map((line) => chalk.green(`+ ${line}`)),
    ...lost.map((arn) => chalk.yellow(`warning: ${arn} loses its access`)),
  ].join("\n");

export const renderChecks = (checks: readonly Check[]): string =>
  [
    "checked from inside the function",
    ...checks.map(({ name, ok }) => `  ${ok ? chalk.green("✔") : chalk.red("✖")} ${name}`),
  ].join("\n");
