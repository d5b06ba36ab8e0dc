/** A run that is killed at any request leaves nothing that the next run cannot finish. */
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { awsAuth, configMaps } from "../../sandbox/support.ts";
import { brief, useSetup } from "../../support/setup-in-process.ts";

const { sandbox, kube, changes, apply } = useSetup({ authenticationMode: "API_AND_CONFIG_MAP" });

const nodes = "- rolearn: arn:aws:iam::123456789012:role/nodes\n  username: nodes\n";

/** The run as far as the request, as of a process that is killed there: the SDK does not try again, either. */
async function killed(after: number, intent: "present" | "absent"): Promise<void> {
  const { faults } = sandbox();
  faults.killAfter = after;
  vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
  const ended = await apply(intent, { access: "aws-auth" }).then(
    () => "done",
    () => "killed",
  );
  expect(ended).toBe(faults.killAfter > 0 ? "done" : "killed");
  faults.killAfter = Number.POSITIVE_INFINITY;
}

test("setup and teardown, each killed once and run again", async () => {
  const request = fc.integer({ min: 1, max: 32 });
  const property = fc.asyncProperty(request, request, async (first, last) => {
    sandbox().reset();
    await kube("POST", configMaps, { body: awsAuth({ mapRoles: nodes }) });
    await killed(first, "present");
    await apply("present", { access: "aws-auth" });
    const after = await changes("present", { access: "aws-auth" });
    expect(after.filter(({ action }) => action !== "unchanged").map(brief)).toEqual([]);
    await killed(last, "absent");
    await apply("absent");
    const left = await changes("absent");
    expect(left.filter(({ action }) => action !== "unchanged").map(brief)).toEqual([]);
    expect((await kube("GET", `${configMaps}/aws-auth`)).body.data).toEqual({ mapRoles: nodes });
  });
  await fc.assert(property, { numRuns: 12 });
}, 60_000);
