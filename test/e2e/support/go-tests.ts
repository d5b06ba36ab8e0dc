/** Runs the tests of a Go package against an API server. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { writeKubeconfig } from "../../support/kubeconfig.ts";
import { buildAll } from "../backend/build.ts";
import type { tested } from "../backend/parts.ts";

/** "passed", or why not, by the name of each test. */
export type Outcomes = ReadonlyMap<string, string>;

interface Framework {
  readonly args: (report: string) => readonly string[];
  /** Returns undefined if the tests did not run. */
  readonly read: (printed: string, report: string) => Outcomes | undefined;
}

/** What Ginkgo reports of a specification. */
interface Spec {
  readonly ContainerHierarchyTexts: readonly string[] | null;
  readonly LeafNodeText: string;
  readonly LeafNodeType: string;
  readonly State: string;
  readonly Failure?: { readonly Message: string };
}

export const ginkgo: Framework = {
  args: (report) => [`--ginkgo.json-report=${report}`, "--ginkgo.timeout=5m"],
  read(_, report) {
    const [suite]: { SpecReports: readonly Spec[] }[] = JSON.parse(report || "[]");
    const specs = suite?.SpecReports.filter(({ LeafNodeType, State }) => LeafNodeType === "It" && State !== "pending");
    const outcomes = specs?.map(({ ContainerHierarchyTexts: containers, LeafNodeText, State, Failure }) => {
      const name = [...(containers ?? []), LeafNodeText].join(" / ");
      return [name, State === "passed" ? State : (Failure?.Message ?? State)] as const;
    });
    return outcomes && new Map(outcomes);
  },
};

/** Go's own: it prints what a test says between the test's start and its end. */
export const goTest: Framework = {
  args: () => ["-test.v", "-test.timeout=5m"],
  read(printed) {
    if (!/^(PASS|FAIL)$/m.test(printed)) return undefined;
    const said = new Map<string, string>();
    const outcomes = new Map<string, string>();
    let current = "";
    for (const line of printed.split("\n")) {
      const [, begun] = /^=== (?:RUN|CONT|NAME) +(\S+)/.exec(line) ?? [];
      const [, state, ended = ""] = /^ *--- (PASS|FAIL|SKIP): (\S+)/.exec(line) ?? [];
      if (begun) current = begun;
      else if (state) outcomes.set(ended, state === "PASS" ? "passed" : `${state} ${said.get(ended) ?? ""}`);
      else said.set(current, `${said.get(current) ?? ""}${line}\n`);
    }
    return outcomes;
  },
};

export async function outcomesOf(
  name: keyof typeof tested,
  { args, read }: Framework,
  api: Parameters<typeof writeKubeconfig>[1],
): Promise<Outcomes> {
  const { suites } = await buildAll();
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-suite-"));
  const [kubeconfig, report] = [join(folder, "config"), join(folder, "report.json")];
  await writeKubeconfig(kubeconfig, api);
  try {
    const child = spawn(join(suites, `${name}.test`), args(report), {
      cwd: join(suites, name),
      env: { ...process.env, KUBECONFIG: kubeconfig, USE_EXISTING_CLUSTER: "true" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [printed, complained] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const outcomes = read(printed, await readFile(report, "utf8").catch(() => ""));
    if (!outcomes) throw new Error(`the tests of ${name} did not run:\n${printed}${complained}`);
    return outcomes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
