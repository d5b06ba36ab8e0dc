/**
 * docs/troubleshooting.md is what these tests saw: each breaks one thing, runs a command and doctor, and compares both,
 * whole, with the page. `EKS_LAMBDA_UPDATE_DOCS=1` writes the page anew.
 */
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, expect } from "vitest";
import { backendName } from "../start.ts";
import { findingsIn } from "../support/finding.ts";
import { type Outcome, type RunOptions, repositoryFile } from "../support/run.ts";
import { test, type World } from "../support/world.ts";
import { pageOf, section, sectionIn } from "./page.ts";
import type { Refusal } from "./refusal.ts";
import { refusals } from "./refusals/index.ts";

const file = repositoryFile("docs/troubleshooting.md");
const page = await readFile(file, "utf8").catch(() => "");
const update = Boolean(process.env.EKS_LAMBDA_UPDATE_DOCS);
const seen = new Map<Refusal, string>();

/** The page shows what the real backend answers. */
const here = backendName === "real" ? refusals : [];

for (const refusal of here) {
  test(`${refusal.code} when ${refusal.when}`, async ({ world }) => {
    await world.fresh();
    const env = { ...(await refusal.given?.(world)) };
    const { command, said } = refusal.told
      ? { command: refusal.command(world.names), said: await refusal.told(world) }
      : await commanded(refusal, world, env);
    expect(said).toMatch(new RegExp(`\\(${refusal.code}\\)|(^|: )${refusal.code}: `));
    const doctor = await asked(world, env, refusal.doctor);
    expect(verdict(doctor)).toBe(refusal.doctor);
    const tidy = (text: string) => (refusal.tidy ?? ((same) => same))(neutral(text, world));
    const told = section(refusal, { command: tidy(command), said: tidy(said), doctor: tidy(diagnosis(doctor)) });
    seen.set(refusal, told);
    if (!update) expect(told).toBe(sectionIn(page, refusal));
  });
}

test("the page has these sections, in this order, and nothing else", () => {
  const now = pageOf(refusals, (refusal) => seen.get(refusal) ?? sectionIn(page, refusal));
  if (!update) expect(now).toBe(page);
});

afterAll(async () => {
  if (update)
    await writeFile(
      file,
      pageOf(refusals, (refusal) => seen.get(refusal) ?? sectionIn(page, refusal)),
    );
});

/** Runs the command. */
async function commanded(refusal: Refusal, world: World, env: NonNullable<RunOptions["env"]>) {
  const command = refusal.command(world.names);
  const stdin = await refusal.stdin?.(world);
  const outcome = await world.run(command.replaceAll("~/", `${world.home}/`), {
    env,
    ...(stdin !== undefined && { stdin }),
  });
  expect(outcome, outcome.stderr).toMatchObject({ exit: expect.toBeOneOf([1, 2]) });
  const typed = `${stdin === undefined ? "" : "… | "}eks-lambda ${command.replace(" --yes", "")}`;
  return { command: typed, said: tell(outcome) };
}

/** Asks doctor, again while a cluster's parts learn of a change one after the other. */
async function asked(world: World, env: NonNullable<RunOptions["env"]>, expected: string): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    const doctor = await world.run(`doctor --cluster ${world.names.cluster} --json`, { env });
    if (verdict(doctor) === expected || tries === 3) return doctor;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** From the error on; of doctor, the links that are not sound, each with the lines below it. */
function tell({ stdout, stderr }: Outcome): string {
  const at = stderr.search(/^error /m);
  if (at >= 0) return stderr.slice(at);
  return stdout.replace(/^[✔·].*\n(?: .*\n)*/gm, "");
}

const broken = (outcome: Outcome) => findingsIn(outcome).find(({ status }) => status === "broken");

function verdict(doctor: Outcome): string {
  const first = broken(doctor);
  if (first) return `${first.link} ${first.code}`;
  const refusal = refusalOf(doctor);
  return refusal === undefined ? "sound" : `refused ${refusal.code}`;
}

/** The error of doctor itself, as its `--json` tells it. */
const refusalOf = ({ stderr }: Outcome): { code: string; message: string; hint?: string } | undefined =>
  stderr.startsWith("{") ? JSON.parse(stderr) : undefined;

function diagnosis(doctor: Outcome): string {
  const refusal = refusalOf(doctor);
  if (refusal) return `error ${refusal.message} (${refusal.code})${refusal.hint ? `\nhint  ${refusal.hint}` : ""}`;
  const first = broken(doctor);
  if (!first) return "";
  const indent = " ".repeat(first.link.length + 4);
  const hints = (first.hint ?? "").split("\n").filter(Boolean);
  return [`✖ ${first.link}  ${first.message} (${first.code})`, ...hints.map((line) => `${indent}hint ${line}`)].join(
    "\n",
  );
}

/** The same on every backend and at every time. */
const neutral = (text: string, { names, backend, home }: World): string =>
  text
    .replaceAll(home, "~")
    .replaceAll(backend.cluster.endpoint, "https://0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com")
    .replaceAll(backend.cluster.endpoint.replace("https://", ""), "0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com")
    .replaceAll(names.account, "111122223333")
    .replaceAll(names.cluster, "demo")
    .replace(/assumed-role\/(stranger|deployer)\/[^\s:,]+/g, "assumed-role/$1/session")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "2026-01-02T03:04:05.000Z")
    .replace(/RequestId: [\da-f-]{36}/g, "RequestId: 5f7b1c52-0000-4000-8000-000000000001")
    .replace(/^log .*\n/gm, "");
