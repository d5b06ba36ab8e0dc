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
import { onStderr, onStdout } from "./palette.ts";
import { isPlanResult, type Volume } from "./status.ts";
import { lines, type Shown, Text, text } from "./text.ts";

/** Where a plan is shown: on stderr, or as the result of a dry run on stdout. */
const placeOf = (volume: Volume) =>
  isPlanResult(volume)
    ? { colour: onStdout, stream: process.stdout, isWhole: !process.stdout.isTTY }
    : { colour: onStderr, stream: process.stderr, isWhole: false };

type Place = ReturnType<typeof placeOf>;

export function renderTarget({ cluster, region, caller, access, config }: Target, given: Flags): Text {
  const { colour, ...place } = placeOf(given);
  const whole = (line: Text) => behind("", line, place);
  const state = cluster.exists ? `access by ${access.method} (${access.reason})` : "not found or not ready";
  return lines([
    whole(text`cluster ${colour.bold(cluster.name)} · ${region} · account ${caller.account} · ${state}`),
    colour.dim(whole(text`you are ${caller.arn}`)),
    ...(config.source ? [colour.dim(whole(sourceLine(config.source)))] : []),
  ]);
}

/** What the person should know: their code ran here. */
const sourceLine = ({ path, code }: Source): Text =>
  text`${path} · ${Buffer.byteLength(code)} bytes · ran once on this computer, to read what it declares`;

const behind = (head: Shown, body: Shown, { stream }: Pick<Place, "stream">): Text =>
  hanging(head, body, columnsOf(stream));

export function renderWarnings(warnings: readonly Shown[], given: Volume = {}): Text {
  const place = placeOf(given);
  return lines(warnings.map((warning) => place.colour.yellow(behind("warning: ", warning, place))));
}

export const renderLeft = ({ objects, commands }: Leftovers): Text =>
  lines([
    "left in place, because --aws-only does not connect to the cluster",
    ...objects.map((one) => text`  ${one}`),
    "to remove them from a computer that reaches the API server",
    ...commands.map((command) => text`  ${command}`),
  ]);

/** Deployments that teardown keeps: the first few by name. */
export function renderStaying(names: readonly string[], given: Volume = {}): Text {
  const { colour, ...place } = placeOf(given);
  const most = place.isWhole ? names.length : 5;
  const more = names.length - most;
  return lines([
    behind("", "Deployments that the function created stay; --workloads deletes them, too", place),
    ...names.slice(0, most).map((name) => text`  ${colour.dim("=")} ${name}`),
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

const signs: Readonly<Record<Change["action"], (colour: Place["colour"]) => Text>> = {
  create: ({ green }) => green("+"),
  update: ({ yellow }) => yellow("~"),
  delete: ({ red }) => red("-"),
  unchanged: ({ dim }) => dim("="),
};

/** `given`: the flags of this run, for commands in warnings. */
export function renderPlan(changes: readonly Change[], given: Flags): Text {
  if (changes.length === 0) return Text.of("");
  const place = placeOf(given);
  const row = rowFor(changes, place);
  const all = changes.flatMap((change) => [
    row(change),
    ...details(change, place),
    ...(change.warnings ?? []).map((warning) =>
      place.colour.yellow(behind("      warning: ", repeating(given, warning), place)),
    ),
  ]);
  return text`\n${lines(all)}\n\n${countOf(changes)}\n`;
}

/** One line for each change; if that is too wide for the terminal, its details go below its target. */
function rowFor(changes: readonly Change[], place: Place): (change: Change) => Text {
  const { colour, stream } = place;
  const width = (of: (change: Change) => string) => widest(changes.map(of));
  const step = width((change) => change.step);
  const target = width((change) => change.target);
  const isWide =
    step + target + width((change) => change.summary) + 8 > (columnsOf(stream) ?? Number.POSITIVE_INFINITY);
  return (change) => {
    const head = text`  ${signs[change.action](colour)} ${change.step.padEnd(step)}  `;
    const summary = colour.dim(change.summary);
    if (!isWide) return text`${head}${change.target.padEnd(target)}  ${summary}`;
    return lines([behind(head, change.target, place), behind(" ".repeat(step + 6), summary, place)]);
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
function details({ step, action, before, after, about = [] }: Change, place: Place): readonly Text[] {
  if (about.length > 0) return added(about, place);
  if (action === "unchanged" || (action !== "update" && step !== "aws-auth")) return [];
  const shown = (lines: readonly string[]) => (place.isWhole ? lines : lines.map(short));
  const [old, now] = [linesIn(before), linesIn(after)];
  return [
    ...removed(shown(old.filter((line) => !now.includes(line))), place),
    ...added(shown(now.filter((line) => !old.includes(line))), place),
  ];
}

const removed = (all: readonly string[], place: Place, sign = "      - "): readonly Text[] =>
  all.map((line) => place.colour.red(marked(sign, line, place)));
const added = (all: readonly string[], place: Place, sign = "      + "): readonly Text[] =>
  all.map((line) => place.colour.green(marked(sign, line, place)));

/** The indentation of YAML is part of what is shown. */
const marked = (sign: string, line: string, place: Place): Text =>
  behind(sign + (/^ */.exec(line)?.[0] ?? ""), line.trimStart(), place);

const linesIn = (text: string | undefined): readonly string[] => (text ? text.split("\n") : []);

/** Shortens certificates: beginning and end tell them apart. Rights and ARNs are whole. */
const short = (line: string): string =>
  line.replace(/(?<!\S)(?!arn:)\S{141,}/g, (word) => `${word.slice(0, 60)}…${word.slice(-20)}`);

export function renderRestoration(restoration: Restoration): Text {
  const place = placeOf({});
  return lines([
    ...removed(restoration.removed, place, "- "),
    ...added(restoration.added, place, "+ "),
    ...restoration.lost.map((arn) => place.colour.yellow(behind("warning: ", `${arn} loses its access`, place))),
  ]);
}

export function renderPreview({ removed: gone, added: back }: Preview): Text {
  const place = placeOf({});
  if (gone.length + back.length === 0) return place.colour.dim("  as it is now");
  return lines([...removed(gone, place, "  - "), ...added(back, place, "  + ")]);
}

export const renderChecks = (checks: readonly Check[], title = "checked from inside the function"): Text =>
  lines([title, ...checks.map(({ name, ok }) => text`  ${ok ? onStderr.green("✔") : onStderr.red("✖")} ${name}`)]);

/** With `--detailed-exitcode`, sets the exit code of Terraform's plan: 2 if there are changes. main.ts turns errors into 1. */
export function setExitCode({ detailedExitcode }: Flags, planned: readonly Planned[]): void {
  if (detailedExitcode && planned.some(({ apply }) => apply)) process.exitCode = 2;
}
