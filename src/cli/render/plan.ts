/** Renders target, plan and checks. */

import { command } from "../../core/command.ts";
import type { Check } from "../../core/kube/review.ts";
import type { Preview, Restoration } from "../../core/mapping/aws-auth/restore.ts";
import type { Change, Planned } from "../../core/plan.ts";
import type { Source } from "../../core/setup/config.ts";
import type { Leftovers } from "../../core/setup/leftovers.ts";
import type { Target } from "../../core/setup/target.ts";
import type { Flags } from "../flag-table.ts";
import { repeating } from "../hints.ts";
import { columnsOf, hanging, widest } from "./layout.ts";
import { onStderr as colour } from "./palette.ts";
import { lines, type Shown, Text, text } from "./text.ts";

export function renderTarget({ cluster, region, caller, access, config }: Target): Text {
  const state = cluster.exists ? `access by ${access.method} (${access.reason})` : "not found or not ready";
  return lines([
    whole(text`cluster ${colour.bold(cluster.name)} · ${region} · account ${caller.account} · ${state}`),
    colour.dim(whole(text`you are ${caller.arn}`)),
    ...(config.source ? [sourceLine(config.source)] : []),
  ]);
}

/** What the person should know: their code ran here. */
const sourceLine = ({ path, code }: Source): Text =>
  colour.dim(
    whole(text`${path} · ${Buffer.byteLength(code)} bytes · ran once on this computer, to read what it declares`),
  );

const whole = (line: Text): Text => hanging("", line, columnsOf(process.stderr));
const behind = (head: Shown, body: Shown): Text => hanging(head, body, columnsOf(process.stderr));

export const renderWarnings = (warnings: readonly Shown[]): Text =>
  lines(warnings.map((warning) => colour.yellow(behind("warning: ", warning))));

export const renderLeft = ({ objects, commands }: Leftovers): Text =>
  lines([
    "left, because the cluster was not asked",
    ...objects.map((one) => text`  ${one}`),
    "to remove them where the API server can be reached",
    ...commands.map((command) => text`  ${command}`),
  ]);

/** Deployments that teardown keeps: the first few by name. */
export function renderStaying(names: readonly string[]): Text {
  const more = names.length - 5;
  return lines([
    behind("", "Deployments that the function created stay; --workloads deletes them, too"),
    ...names.slice(0, 5).map((name) => text`  ${colour.dim("=")} ${name}`),
    ...(more > 0 ? [text`  ${colour.dim(`and ${more} more`)}`] : []),
    "",
  ]);
}

/** The function's code in a bucket, which teardown keeps. */
export const renderCodeStaying = (code: string): Text =>
  lines([
    "the code that setup uploaded stays, because other functions may use it; to delete it",
    text`  ${command`aws s3 rm ${code}`}`,
    "",
  ]);

const signs: Readonly<Record<Change["action"], Text>> = {
  create: colour.green("+"),
  update: colour.yellow("~"),
  delete: colour.red("-"),
  unchanged: colour.dim("="),
};

/** `given`: the flags of this run, for commands in warnings. */
export function renderPlan(changes: readonly Change[], given: Flags): Text {
  if (changes.length === 0) return Text.of("");
  const row = rowFor(changes);
  const all = changes.flatMap((change) => [
    row(change),
    ...details(change),
    ...(change.warnings ?? []).map((warning) => colour.yellow(behind("      warning: ", repeating(given, warning)))),
  ]);
  return text`\n${lines(all)}\n\n${countOf(changes)}\n`;
}

/** One line for each change; where that is too wide for the terminal, what it is about goes below its target. */
function rowFor(changes: readonly Change[]): (change: Change) => Text {
  const width = (of: (change: Change) => string) => widest(changes.map(of));
  const step = width((change) => change.step);
  const target = width((change) => change.target);
  const isWide =
    step + target + width((change) => change.summary) + 8 > (columnsOf(process.stderr) ?? Number.POSITIVE_INFINITY);
  return (change) => {
    const head = text`  ${signs[change.action]} ${change.step.padEnd(step)}  `;
    const summary = colour.dim(change.summary);
    if (!isWide) return text`${head}${change.target.padEnd(target)}  ${summary}`;
    return lines([behind(head, change.target), behind(" ".repeat(step + 6), summary)]);
  };
}

function countOf(changes: readonly Change[]): string {
  const count = (wanted: Change["action"]) => changes.filter(({ action }) => action === wanted).length;
  return `${count("create")} to add, ${count("update")} to change, ${count("delete")} to remove`;
}

/**
 * The lines that differ in an update, and in every change of aws-auth, which others share. Otherwise the summary is
 * enough, or says what else a new one has.
 */
function details({ step, action, before, after, about = [] }: Change): readonly Text[] {
  if (about.length > 0) return added(about);
  if (action === "unchanged" || (action !== "update" && step !== "aws-auth")) return [];
  const old = shortLines(before);
  const now = shortLines(after);
  return [...removed(old.filter((line) => !now.includes(line))), ...added(now.filter((line) => !old.includes(line)))];
}

const removed = (all: readonly string[], sign = "      - "): readonly Text[] =>
  all.map((line) => colour.red(marked(sign, line)));
const added = (all: readonly string[], sign = "      + "): readonly Text[] =>
  all.map((line) => colour.green(marked(sign, line)));

/** The indentation of YAML is part of what is shown. */
const marked = (sign: string, line: string): Text => behind(sign + (/^ */.exec(line)?.[0] ?? ""), line.trimStart());

const shortLines = (string: string | undefined): readonly string[] => (string ? string.split("\n").map(short) : []);

/** Shortens certificates: beginning and end tell them apart. Rights and ARNs are whole. */
const short = (line: string): string =>
  line.replace(/(?<!\S)(?!arn:)\S{141,}/g, (word) => `${word.slice(0, 60)}…${word.slice(-20)}`);

export const renderRestoration = (restoration: Restoration): Text =>
  lines([
    ...removed(restoration.removed, "- "),
    ...added(restoration.added, "+ "),
    ...restoration.lost.map((arn) => colour.yellow(behind("warning: ", `${arn} loses its access`))),
  ]);

export function renderPreview({ removed: gone, added: back }: Preview): Text {
  if (gone.length + back.length === 0) return colour.dim("  as it is now");
  return lines([...removed(gone, "  - "), ...added(back, "  + ")]);
}

export const renderChecks = (checks: readonly Check[], title = "checked from inside the function"): Text =>
  lines([title, ...checks.map(({ name, ok }) => text`  ${ok ? colour.green("✔") : colour.red("✖")} ${name}`)]);

/** With `--detailed-exitcode`, sets the exit code of Terraform's plan: 2 if there are changes. main.ts turns errors into 1. */
export function setExitCode({ detailedExitcode }: Flags, planned: readonly Planned[]): void {
  if (detailedExitcode && planned.some(({ apply }) => apply)) process.exitCode = 2;
}
