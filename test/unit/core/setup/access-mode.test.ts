/** The change of the authentication mode takes minutes: the wait has an end, and the next run goes on with it. */
import { createServer } from "node:http";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { eks } from "../../../../src/core/aws/eks.ts";
import type { ClusterContext } from "../../../../src/core/setup/context.ts";
import { accessModeStep } from "../../../../src/core/setup/steps/access-mode.ts";
import { testClock } from "../../../support/clock.ts";
import { listenInTest } from "../../../support/server.ts";

/** EKS with one cluster, whose update ends when a test ends it. */
function cluster() {
  let mode = "CONFIG_MAP";
  let updating = "";
  const begun: string[] = [];
  const answers: Readonly<Record<string, () => readonly [number, object]>> = {
    "GET /clusters/demo": () => [200, { cluster: { accessConfig: { authenticationMode: mode } } }],
    "POST /clusters/demo/update-config"() {
      if (updating) {
        const message = `Cannot AccessConfigUpdate because cluster demo currently has update ${updating} in progress`;
        return [409, { __type: "ResourceInUseException", message }];
      }
      updating = `ours-${begun.length}`;
      begun.push(updating);
      return [200, { update: { id: updating, status: "InProgress" } }];
    },
    "GET /clusters/demo/updates/ours-0": () => [200, { update: { status: updating ? "InProgress" : "Successful" } }],
  };
  const server = createServer((request, response) => {
    request.resume();
    const [status, answer] = answers[`${request.method} ${request.url}`]?.() ?? [404, {}];
    response.writeHead(status).end(JSON.stringify(answer));
  });
  return {
    server,
    begun,
    othersUpdate() {
      updating = "a-version";
    },
    end(newMode: string) {
      mode = newMode;
      updating = "";
    },
  };
}

let it = cluster();
beforeEach(async () => {
  it = cluster();
  const { host } = await listenInTest(it.server);
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv("AWS_ENDPOINT_URL", `http://${host}`);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
});

/** How long EKS takes to answer: an hour has 60 pauses, not 1,800. */
const answerMs = 58_000;

/** Runs the step; `after` is called with the number of each pause. */
async function run(after: (pause: number) => unknown = () => {}): Promise<void> {
  const clock = testClock();
  const pausing = {
    ...clock,
    async sleep(ms: number) {
      await clock.sleep(ms + answerMs);
      after(clock.slept.length);
    },
  };
  const target = { access: { enable: true }, cluster: { name: "demo" } };
  const ports = { target, eks: eks({ region: "us-east-1", maxAttempts: 1 }), clock: pausing };
  const [planned] = await accessModeStep.plan(ports as unknown as ClusterContext, "present");
  await planned?.apply?.(() => {});
}

const stop = () => {
  throw new Error("interrupted");
};

test("an update that does not end fails after an hour, and says how to go on", async () => {
  await expect(run()).rejects.toMatchObject({
    code: "AccessModeFailed",
    message: 'EKS still updates the cluster "demo" after 60 minutes: its authentication mode is not changed yet',
    hint: "run the command again to continue waiting; to see the updates of the cluster: aws eks list-updates --name demo",
  });
});

test.each<[string, () => Promise<void>]>([
  ["was interrupted", () => run(stop)],
  ["waited for an hour", () => run()],
])("after a run that %s, the next one waits for the same update", async (_, first) => {
  await expect(first()).rejects.toThrow();
  await expect(run(stop)).rejects.toThrow("interrupted");
  await run((pause) => pause === 3 && it.end("API_AND_CONFIG_MAP"));
  expect(it.begun).toEqual(["ours-0"]);
});

test("an update of someone else is waited for, and then ours begins", async () => {
  it.othersUpdate();
  await run((pause) => pause >= 3 && it.end(pause === 3 ? "CONFIG_MAP" : "API_AND_CONFIG_MAP"));
  expect(it.begun).toEqual(["ours-0"]);
});

test("an update of someone else that does not end fails after an hour", async () => {
  it.othersUpdate();
  await expect(run()).rejects.toMatchObject({ code: "AccessModeFailed" });
  expect(it.begun).toEqual([]);
});
