/** What the model meets too seldom: a run that is killed at each request, one after the other. */
import { EKSClient, ListAccessEntriesCommand } from "@aws-sdk/client-eks";
import { expect, test, vi } from "vitest";
import type { Flags } from "../../../../src/cli/flag-table.ts";
import { awsAuth, configMaps } from "../../support/sandbox.ts";
import { brief, useSetup } from "../../support/setup-in-process.ts";

const { sandbox, client, kube, changes, apply } = useSetup({ authenticationMode: "API_AND_CONFIG_MAP" });

const nodes = "- rolearn: arn:aws:iam::123456789012:role/nodes\n  username: nodes\n";

/** The run as far as the request, as of a process that is killed there: the SDK does not try again, either. */
async function killed(after: number, intent: "present" | "absent", flags: Flags = {}): Promise<"done" | "killed"> {
  const { faults } = sandbox();
  faults.killAfter = after;
  vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
  const ended = await apply(intent, { access: "aws-auth", ...flags }).then(
    () => "done" as const,
    () => "killed" as const,
  );
  expect(ended).toBe(faults.killAfter > 0 ? "done" : "killed");
  faults.killAfter = Number.POSITIVE_INFINITY;
  return ended;
}

/** Who aws-auth maps, by lines. */
const mapped = async (): Promise<readonly string[]> => {
  const { mapRoles = "" } = (await kube("GET", `${configMaps}/aws-auth`)).body.data;
  return mapRoles.split("\n").filter((line: string) => line.includes("rolearn"));
};

test("a new user leaves no entry in aws-auth, at whichever requests the run and the teardown after it are killed", async () => {
  for (let after = 1, isDone = false; !isDone; after++) {
    sandbox().reset();
    await kube("POST", configMaps, { body: awsAuth({ mapRoles: nodes }) });
    await apply("present", { access: "aws-auth", username: "ada" });
    isDone = (await killed(after, "present", { username: "web" })) === "done";
    await killed((after % 16) + 1, "absent");
    await apply("absent");
    expect({ after, mapped: await mapped() }).toEqual({ after, mapped: [expect.stringMatching(/nodes$/)] });
  }
}, 120_000);

test("a role that is renamed leaves no entry of its old name in aws-auth, at whichever request the run is killed", async () => {
  const flags: Flags = { roleName: "other" };
  for (let after = 1, isDone = false; !isDone; after++) {
    sandbox().reset();
    await kube("POST", configMaps, { body: awsAuth({ mapRoles: nodes }) });
    await apply("present", { access: "aws-auth" });
    isDone = (await killed(after, "present", flags)) === "done";
    await apply("present");
    expect({ after, mapped: await mapped() }).toEqual({
      after,
      mapped: [expect.stringMatching(/nodes$/), expect.anything()],
    });
    await apply("present", flags);
    expect({ after, mapped: await mapped() }).toEqual({
      after,
      mapped: [expect.stringMatching(/nodes$/), expect.stringMatching(/other$/)],
    });
  }
}, 240_000);

test.each<readonly [string, Flags | undefined, Flags, string]>([
  ["a first setup", undefined, { access: "access-entry" }, "eks-lambda-demo-us-east-1"],
  ["a setup that renames the role", { access: "access-entry" }, { access: "access-entry", roleName: "other" }, "other"],
])(
  "%s whose new role EKS does not know yet, killed at any request, is completed by the next",
  async (...given) => {
    const [, earlier, flags, roleName] = given;
    for (let after = 1, isDone = false; !isDone; after++) {
      sandbox().reset();
      if (earlier) await apply("present", earlier);
      sandbox().faults.newRoleRefusals = 1;
      isDone = (await killed(after, "present", flags)) === "done";
      await apply("present", flags);
      const left = (await changes("present", flags)).filter(({ action }) => action !== "unchanged");
      expect({ after, left: left.map(brief) }).toEqual({ after, left: [] });
      const { accessEntries } = await new EKSClient(client()).send(
        new ListAccessEntriesCommand({ clusterName: "demo" }),
      );
      expect(accessEntries).toEqual([`arn:aws:iam::123456789012:role/${roleName}`]);
      expect(Object.keys((await sandbox().inventory()).stacks)).toEqual(["eks-lambda-demo"]);
    }
  },
  600_000,
);
