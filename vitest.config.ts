import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { unfinished } from "./test/support/unfinished.ts";

/** The SDK tells of Node's versions on stderr, where it would stand between the results. */
const env = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };

/** The kubectl on the PATH is tested in the sandbox. `npm run e2e` does so with the versions that it builds. */
const hasKubectl = spawnSync("kubectl", ["version", "--client"]).status === 0;
const withKubectl = hasKubectl ? ["test/kubectl/**/*.test.ts"] : [];
if (!hasKubectl) process.stderr.write("kubectl is not on the PATH: test/kubectl runs with `npm run e2e` alone\n");

/** For machines that are busy with other work: a test waits for what happens, and none asserts how long it takes. */
const patient = { testTimeout: 120_000, hookTimeout: 120_000, expect: { poll: { timeout: 60_000 } } };

const shared = {
  ...patient,
  // Tests wait for child processes and for time: more of them than processors keep these busy. Six have room in 3 GB.
  maxWorkers: Math.min(Math.max(4, availableParallelism()), 6),
  // One import of the AWS SDK and of the sandbox for each worker, not for each file: a third less time.
  isolate: false,
  setupFiles: ["test/support/nothing-left.ts"],
  // Twice what a worker needs: what fills the memory fails in seconds, while it is known which file runs.
  execArgv: ["--max-old-space-size=600"],
};

const onSandbox = { ...shared, env: { ...env, EKS_LAMBDA_BACKEND: "sandbox" } };

const onRealBackend = {
  ...patient,
  // The files of a worker share a control plane.
  isolate: false,
  // Other programs keep both processors busy: docs/decisions/0037-one-list-of-gates.md
  retry: 1,
  globalSetup: "test/e2e/global-setup.ts",
  env: { ...env, EKS_LAMBDA_BACKEND: "real" },
};
const onBoth = ["test/acceptance/**/*.test.ts", "test/e2e/**/*.test.ts"];
/** A file that was renamed would lose what is said of it here. */
function files(...paths: readonly string[]): string[] {
  const missing = paths.filter((path) => !existsSync(new URL(path, import.meta.url)));
  if (missing.length > 0) throw new Error(`vitest.config.ts names files that are not there: ${missing.join(", ")}`);
  return [...paths];
}

/** They start as many functions or commands at once as the processors bear: nothing runs beside one of them. */
const crowds = files(
  "test/acceptance/crowd.long.test.ts",
  "test/e2e/killed-together.test.ts",
  "test/e2e/warm-up.test.ts",
  "test/e2e/writers.test.ts",
);

/** `.ci/run` runs these, too; `npm test` does not, to stay under 90 seconds. */
const long = "**/*.long.test.ts";

/** On a clean checkout, vitest begins with the largest files. These take longest, and some of them are small. */
const longest = files(
  "test/sandbox/model/model.test.ts",
  "test/acceptance/troubleshooting/troubleshooting.test.ts",
  "test/e2e/killed-everywhere.test.ts",
);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLongest = ({ moduleId }: TestSpecification) => longest.some((path) => moduleId.endsWith(`/${path}`));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}

/** Each project changes its `define`, so that they do not share one. */
const inProcess = (test: { readonly name: string; readonly include: string[]; readonly exclude?: string[] }) => ({
  define: { VERSION: '"0.0.0"', HOMEPAGE: '""' },
  test: { ...shared, setupFiles: [...shared.setupFiles, "test/support/seed.ts"], env, ...test },
});

export default defineConfig({
  test: {
    globalSetup: "test/build.ts",
    reporters: ["default", unfinished],
    sequence: { sequencer: LongestFirst },
    projects: [
      inProcess({ name: "unit", include: ["test/unit/**/*.test.ts"], exclude: [long] }),
      inProcess({ name: "unit-long", include: [`test/unit/${long}`] }),
      inProcess({ name: "sandbox", include: ["test/sandbox/**/*.test.ts", "examples/**/*.test.ts"], exclude: [long] }),
      // They need `npm ci --prefix test/cdk`, which only `.ci/run` does.
      {
        test: {
          ...{ ...onSandbox, name: "cdk", globalSetup: "test/cdk/install.ts" },
          include: ["test/cdk/*.test.ts"],
          // CDK's own handler is compared on a real API server.
          exclude: ["test/cdk/beside.test.ts"],
        },
      },
      inProcess({ name: "sandbox-long", include: [`test/sandbox/${long}`] }),
      { test: { ...onSandbox, name: "acceptance", include: ["test/acceptance/**/*.test.ts"], exclude: [long] } },
      { test: { ...onSandbox, name: "acceptance-long", include: [`test/acceptance/${long}`, ...withKubectl] } },
      {
        test: {
          ...onRealBackend,
          name: "e2e",
          include: onBoth,
          exclude: crowds,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...onRealBackend,
          name: "cdk-e2e",
          include: files("test/cdk/beside.test.ts", "test/cdk/lifecycle.test.ts"),
          maxWorkers: 1,
          globalSetup: [onRealBackend.globalSetup, "test/cdk/install.ts"],
          sequence: { groupOrder: 3 },
        },
      },
      { test: { ...onRealBackend, name: "e2e-alone", include: crowds, maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
    coverage: {
      include: ["src/**"],
      reporter: ["text", "json-summary"],
      // Of what runs in this process: acceptance tests run others.
      thresholds: { "src/core/**": { lines: 90 } },
    },
  },
});
