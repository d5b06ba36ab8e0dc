/** `eks-lambda smoke`: tries setup, invoke, grant and teardown on a cluster, with things of its own. */

import { randomUUID } from "node:crypto";
import { advice, adviceLines, command, type Hint } from "../../core/command.ts";
import { EksLambdaError } from "../../core/errors.ts";
import { adviceOf } from "../../core/function-hints.ts";
import { readAwsAuth } from "../../core/mapping/aws-auth/config-map.ts";
import { refuseOthers } from "../../core/smoke/left.ts";
import { idRule, type SmokeNames, smokeNames } from "../../core/smoke/names.ts";
import { mayStillRun, smokeTests } from "../../core/smoke/namespace.ts";
import { clock } from "../context.ts";
import type { FlagsOf } from "../flag-table.ts";
import { checkFlag } from "../flags.ts";
import { completed, repeating } from "../hints.ts";
import { onInterrupt } from "../interrupt.ts";
import { agreed } from "../render/prompt.ts";
import { renderLeftTests, renderSmoke } from "../render/smoke.ts";
import { duration, type Status, startStatus } from "../render/status.ts";
import { printJson, text } from "../render/text.ts";
import { reportOf } from "../smoke/report.ts";
import { leftOf, removing, trying } from "../smoke/steps.ts";
import { type Opened, openSmoke, type SmokeTest, sharedFlags } from "../smoke/test.ts";
import { type Walked, walk } from "../smoke/walk.ts";

type Flags = FlagsOf<"smoke">;

export async function smoke(flags: Flags): Promise<void> {
  checkFlag("--run", idRule, flags.run);
  const status = startStatus(flags);
  onInterrupt(() => "nothing was changed");
  const opened = await openSmoke(flags);
  if (flags.clean) return clean(opened, flags, status);
  const names = smokeNames(randomUUID().slice(0, 6), opened.place);
  status.plan(renderSmoke(opened, names));
  if (!(await agreed("run this smoke test?", flags))) return status.line("nothing was changed");
  const before = { mapRoles: opened.mode.readsAwsAuth ? (await readAwsAuth(opened.kube))?.data?.mapRoles : undefined };
  const test = { ...opened, names, before, flags: sharedFlags(flags, opened) };
  onInterrupt(
    () => text`the smoke test ${names.id} ends here; to remove what it made: ${completed(flags, cleaning(names))}`,
    () => ({ message: `run ${completed(flags, cleaning(names))}`, run: names.id }),
  );
  const walked: Walked[] = [];
  const startedAt = clock.now();
  await walk(trying, test, { status, walked, endsEarly: true });
  await walk(removing, test, { status, walked, endsEarly: false });
  await finish({ flags, status, opened, tests: [test], walked, startedAt });
}

/** A test that may still run is removed only if `--run` names it. */
async function clean(opened: Opened, flags: Flags, status: Status): Promise<void> {
  const found = flags.run === undefined ? await smokeTests(opened.kube) : [{ id: flags.run, since: 0 }];
  const startedAt = clock.now();
  const running = found.filter((one) => mayStillRun(one, startedAt));
  const over = found.filter((one) => !running.includes(one));
  const shared = sharedFlags(flags, opened);
  const tests = over.map(({ id }) => ({ ...opened, names: smokeNames(id, opened.place), flags: shared }));
  const left = await Promise.all(tests.map(async (test) => ({ names: test.names, left: await leftOf(test) })));
  for (const { id, since } of running)
    status.line(
      repeating(
        flags,
        advice`the smoke test ${id} began ${duration(Math.max(0, startedAt - since))} ago and may still run; if not: ${cleaning({ id })}`,
      ),
    );
  const walked: Walked[] = [];
  const ended = { flags, status, opened, tests, walked, startedAt };
  if (left.every((one) => one.left.length === 0)) {
    status.line("there is nothing to remove");
    return finish(ended);
  }
  status.plan(renderLeftTests(left));
  for (const { names } of tests) await refuseOthers(opened, names);
  if (!(await agreed("remove all this?", flags))) return status.line("nothing was removed");
  onInterrupt(() => "run the same command again to complete it");
  for (const test of tests) await walk(removing, test, { status, walked, endsEarly: false });
  await finish(ended);
}

const cleaning = ({ id }: Pick<SmokeNames, "id">) => command`eks-lambda smoke --clean --run ${id}`;

interface Ended {
  readonly flags: Flags;
  readonly status: Status;
  readonly opened: Opened;
  readonly tests: readonly SmokeTest[];
  readonly walked: readonly Walked[];
  readonly startedAt: number;
}

/** Throws `SmokeFailed`. */
async function finish({ flags, status, opened, tests, walked, startedAt }: Ended): Promise<void> {
  if (flags.json) {
    const asked = opened.kube.request<{ gitVersion?: string }>({ path: "/version" });
    // The report of a cluster that is lost meanwhile has no version.
    const { gitVersion } = await asked.catch(() => ({ gitVersion: undefined }));
    const names = [flags.profile, flags.context];
    printJson(reportOf({ opened, tests, walked, startedAt, kubernetes: `${gitVersion}`, private: names }));
  }
  const first = walked.find(({ error }) => error !== undefined);
  if (first) throw await failure(first, tests);
  const steps = `${walked.length} steps passed in ${duration(clock.now() - startedAt)}, and nothing is left`;
  if (walked.length > 0) status.line(steps);
}

async function failure({ name, error }: Walked, tests: readonly SmokeTest[]): Promise<EksLambdaError> {
  const { message } = error instanceof Error ? error : new Error(String(error));
  const code = error instanceof EksLambdaError && error.code !== "SmokeFailed" ? ` (${error.code})` : "";
  const hints = await Promise.all(tests.map(hintAbout));
  return new EksLambdaError("SmokeFailed", `step "${name}": ${message}${code}`, {
    hint: adviceLines([error instanceof EksLambdaError ? adviceOf(error) : undefined, ...hints]),
    cause: error,
  });
}

async function hintAbout(test: SmokeTest): Promise<Hint> {
  const left = await leftOf(test).catch(() => ["what could not be read"]);
  if (left.length === 0) return "all that the test made is removed by now";
  return advice`left: ${left.join(", ")}; to remove it: ${cleaning(test.names)}`;
}
