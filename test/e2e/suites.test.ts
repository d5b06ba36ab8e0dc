/**
 * Tests that others wrote: those of controller-runtime's client, which Go programs use. They run against a real API server
 * without controllers, as their authors run them, and against the sandbox with controllers that are slow to act.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { systemClock } from "../../src/sandbox/clock.ts";
import { startSandbox } from "../../src/sandbox/index.ts";
import { writeKubeconfig } from "../support/kubeconfig.ts";
import { buildAll } from "./backend/build.ts";
import { startRealApi } from "./fuzz/real.ts";
import { notInSandbox } from "./suites.ts";

/** What Ginkgo reports of a specification. */
interface Spec {
  readonly ContainerHierarchyTexts: readonly string[] | null;
  readonly LeafNodeText: string;
  readonly LeafNodeType: string;
  readonly State: string;
  readonly Failure?: { readonly Message: string };
}

/** Returns the state of each specification, by its name. */
async function outcomes(api: Parameters<typeof writeKubeconfig>[1]): Promise<ReadonlyMap<string, string>> {
  const { clientSuite } = await buildAll();
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-suite-"));
  const [kubeconfig, report] = [join(folder, "config"), join(folder, "report.json")];
  await writeKubeconfig(kubeconfig, api);
  try {
    const child = spawn(join(clientSuite, "client.test"), [`--ginkgo.json-report=${report}`, "--ginkgo.timeout=5m"], {
      cwd: clientSuite,
      env: { ...process.env, KUBECONFIG: kubeconfig, USE_EXISTING_CLUSTER: "true" },
    });
    const printed = await text(child.stdout);
    const [suite]: { SpecReports: readonly Spec[] }[] = JSON.parse(await readFile(report, "utf8").catch(() => "[]"));
    if (!suite) throw new Error(`the suite did not run:\n${printed}`);
    const specs = suite.SpecReports.filter(({ LeafNodeType, State }) => LeafNodeType === "It" && State !== "pending");
    return new Map(
      specs.map(({ ContainerHierarchyTexts: containers, LeafNodeText, State, Failure }) => [
        [...(containers ?? []), LeafNodeText].join(" / "),
        State === "passed" ? State : (Failure?.Message ?? State),
      ]),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const passing = (all: ReadonlyMap<string, string>) => [...all].filter(([, state]) => state === "passed");

test("controller-runtime's client works with the sandbox as with a real API server", { timeout: 600_000 }, async () => {
  const real = await startRealApi();
  const onReal = await outcomes({ ...real, ca: btoa(real.ca) }).finally(() => real.stop());
  const clock = { ...systemClock, after: (ms: number, run: () => void) => systemClock.after(ms + 4000, run) };
  const sandbox = await startSandbox({ clock });
  const { endpoint, ca } = sandbox.cluster;
  const onSandbox = await outcomes({ endpoint, ca, token: sandbox.adminToken }).finally(() => sandbox.stop());

  process.stdout.write(`${passing(onReal).length} and ${passing(onSandbox).length} of ${onReal.size} pass\n`);
  const failing = passing(onReal).flatMap(([name]) => {
    const state = onSandbox.get(name) ?? "missing";
    return state === "passed" ? [] : [[name, state] as const];
  });
  const known = new Map(notInSandbox.flatMap(({ names, why }) => names.map((name) => [name, why] as const)));
  expect(passing(onReal).length).toBeGreaterThan(250);
  expect(failing.filter(([name]) => !known.has(name))).toEqual([]);
  const failed = failing.map(([name]) => name);
  expect([...known.keys()].filter((name) => !failed.includes(name))).toEqual([]);
});
