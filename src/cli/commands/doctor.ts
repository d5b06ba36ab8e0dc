/** `eks-lambda doctor`: diagnoses problems and suggests fixes. */

import { cloudformation } from "../../core/aws/cloudformation.ts";
import { iam } from "../../core/aws/iam.ts";
import { lambda } from "../../core/aws/lambda.ts";
import { logs } from "../../core/aws/logs.ts";
import { advice, command } from "../../core/command.ts";
import type { Facts } from "../../core/doctor/facts.ts";
import { links } from "../../core/doctor/index.ts";
import { type Finding, walk } from "../../core/doctor/link.ts";
import { decodeToken } from "../../core/doctor/pasted-token.ts";
import { factsOf } from "../../core/doctor/read-facts.ts";
import { usageError } from "../../core/errors.ts";
import { roleRule } from "../../core/parameters/settings.ts";
import { clock } from "../context.ts";
import type { FlagsOf } from "../flag-table.ts";
import { checkFlag, configOf } from "../flags.ts";
import { learnFunction, names, repeating } from "../hints.ts";
import { refuseBeside } from "../idle-flags.ts";
import { readInput } from "../input.ts";
import { renderFinding, renderToken, renderVerdict } from "../render/findings.ts";
import { widest } from "../render/layout.ts";
import { waitingFor } from "../render/status.ts";
import { print, printJson } from "../render/text.ts";
import { person } from "../runner.ts";
import { openSession } from "../session.ts";

export async function doctor(flags: FlagsOf<"doctor">, by = person): Promise<void> {
  if (flags.token !== undefined) return examineToken(flags.token, flags);
  checkFlag("--role", roleRule, flags.role);
  const config = configOf(flags);
  const session = await openSession(flags, by);
  const walked = flags.role === undefined ? links : links.filter(({ id }) => !ours.has(id));
  const facts = factsOf({
    ...session,
    iam: iam(session.aws),
    lambda: lambda(session.aws),
    cloudformation: cloudformation(session.aws),
    logs: logs(session.aws),
    environment: process.env,
    clock,
    waiting: waitingFor(flags),
    config,
    role: flags.role,
    version: VERSION,
  });
  const width = widest(walked.map(({ id }) => id));
  const hinting = async (finding: Finding): Promise<Finding> => {
    if (finding.hint === undefined) return finding;
    if (flags.role === undefined && names(finding.hint, "setup")) await rememberFunction(flags, facts);
    return { ...finding, hint: repeating(flags, finding.hint) };
  };
  const findings = await walk(walked, facts, async (finding) => {
    if (!flags.json) by.print(renderFinding(await hinting(finding), width));
  });
  const broken = findings.some(({ status }) => status === "broken");
  if (flags.json) printJson({ ok: !broken, findings: await Promise.all(findings.map(hinting)) }, by.print);
  else by.print(renderVerdict(findings));
  if (broken) process.exitCode = 1;
}

/** Reads the function's name and file for hints. If there is no stack, hints have what the flags say. */
const rememberFunction = (flags: FlagsOf<"doctor">, { target }: Pick<Facts, "target">): Promise<void> =>
  target().then(
    ({ name, rights: { sourcePath } }) => learnFunction(flags, { name, entry: sourcePath }),
    () => {},
  );

/** Links of the deployed function, which do not apply to `--role`. */
const ours: ReadonlySet<string> = new Set(["stack", "function", "view"]);

/**
 * Reads the token from standard input (`-`) or `@file`, because the shell's history would keep one on the command line.
 */
async function examineToken(source: string, flags: FlagsOf<"doctor">): Promise<void> {
  refuseBeside("--token", flags, ["token", "json", "quiet", "verbose"]);
  const decoded = decodeToken(await readToken(source), new Date());
  if (flags.json) printJson(decoded);
  else print(renderToken(decoded));
}

async function readToken(source: string): Promise<string> {
  const token = await readInput(source, "InvalidFlag", "the token");
  if (token !== undefined) return token;
  throw usageError(
    "InvalidFlag",
    "--token takes - (standard input) or @file, because the shell's history would keep a token from the command line",
    advice`${command`eks-lambda token`} | ${command`eks-lambda doctor --token -`}`,
  );
}
