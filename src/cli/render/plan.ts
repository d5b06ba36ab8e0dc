/** Renders target, plan and checks. */
import type { Restoration } from "../../core/aws-auth/restore.ts";
import type { Check } from "../../core/doctor/self-check.ts";
import type { Change } from "../../core/plan.ts";
import type { Left } from "../../core/setup/left.ts";
import type { Target } from "../../core/setup/target.ts";
import { onStderr as colour } from "./palette.ts";
import { lines, Text, text } from "./text.ts";

export function renderTarget({ cluster, region, caller, access }: Target): Text {
  const state = cluster.exists ? `access by ${access.method} (${access.reason})` : "not found or not ready";
  return lines([
    text`cluster ${colour.bold(cluster.name)} · ${region} · account ${caller.account} · ${state}`,
    colour.dim(text`you are ${caller.arn}`),
  ]);
}

export const renderWarnings = (warnings: readonly string[]): Text =>
  lines(warnings.map((warning) => colour.yellow(`warning: ${warning}`)));

export const renderLeft = ({ objects, commands }: Left): Text =>
  lines([
    "left, because the cluster was not asked",
    ...objects.map((one) => text`  ${one}`),
    "to remove them where the API server can be reached",
    ...commands.map((command) => text`  ${command}`),
  ]);

const signs: Readonly<Record<Change["action"], Text>> = {
  create: colour.green("+"),
  update: colour.yellow("~"),
  delete: colour.red("-"),
  unchanged: colour.dim("="),
};

export function renderPlan(changes: readonly Change[]): Text {
  if (changes.length === 0) return Text.of("");
  const width = (of: (change: Change) => string) => Math.max(...changes.map((change) => of(change).length));
  const step = width((change) => change.step);
  const target = width((change) => change.target);
  const all = changes.flatMap((change) => [
    text`  ${signs[change.action]} ${change.step.padEnd(step)}  ${change.target.padEnd(target)}  ${colour.dim(change.summary)}`,
    ...details(change).map((line) => text`      ${line}`),
    ...(change.warnings ?? []).map((warning) => text`      ${colour.yellow(`warning: ${warning}`)}`),
  ]);
  return text`\n${lines(all)}\n`;
}

/**
 * The lines that differ in an update, and in every change of aws-auth, which others share. Otherwise the summary is
 * enough.
 */
function details({ step, action, before, after }: Change): readonly Text[] {
  if (action === "unchanged" || (action !== "update" && step !== "aws-auth")) return [];
  const old = shortLines(before);
  const now = shortLines(after);
  return [...removed(old.filter((line) => !now.includes(line))), ...added(now.filter((line) => !old.includes(line)))];
}

const removed = (all: readonly string[]): readonly Text[] => all.map((line) => colour.red(`- ${line}`));
const added = (all: readonly string[]): readonly Text[] => all.map((line) => colour.green(`+ ${line}`));

const shortLines = (string: string | undefined): readonly string[] => (string ? string.split("\n").map(short) : []);

/** Shortens certificates: beginning and end tell them apart. */
const short = (line: string): string => (line.length <= 140 ? line : `${line.slice(0, 60)}…${line.slice(-20)}`);

export const renderRestoration = (restoration: Restoration): Text =>
  lines([
    ...removed(restoration.removed),
    ...added(restoration.added),
    ...restoration.lost.map((arn) => colour.yellow(`warning: ${arn} loses its access`)),
  ]);

export const renderChecks = (checks: readonly Check[], title = "checked from inside the function"): Text =>
  lines([title, ...checks.map(({ name, ok }) => text`  ${ok ? colour.green("✔") : colour.red("✖")} ${name}`)]);
