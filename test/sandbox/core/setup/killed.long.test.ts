/** A run that is killed at any request leaves nothing that the next run cannot finish. */
import { EKSClient, ListAccessEntriesCommand } from "@aws-sdk/client-eks";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { Flags } from "../../../../src/cli/flags.ts";
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
}, 240_000);

const moves: readonly Flags[] = [
  { username: "web" },
  { namespace: "kube-public" },
  { username: "web", namespace: "kube-public", rbacName: "creators" },
  { access: "access-entry" },
  { roleName: "other" },
  { roleName: "other", username: "web" },
  { roleName: "other", access: "access-entry" },
];

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

/** All of the cluster that a stack owns. */
async function owned(): Promise<readonly string[]> {
  const all = await Promise.all(
    ["roles", "rolebindings"].map(async (resource) => {
      const { body } = await kube("GET", `/apis/rbac.authorization.k8s.io/v1/${resource}`);
      const ours = body.items.filter(({ metadata }: Item) => metadata.labels?.["eks-lambda/owner"]);
      return ours.map(({ metadata }: Item) => `${resource} ${metadata.namespace}/${metadata.name}`);
    }),
  );
  return all.flat();
}
interface Item {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

test("a second setup with other names, killed and run again, leaves nothing of the first", async () => {
  const property = fc.asyncProperty(
    fc.constantFrom(...moves),
    fc.integer({ min: 1, max: 50 }),
    async (flags, after) => {
      sandbox().reset();
      await kube("POST", configMaps, { body: awsAuth({ mapRoles: nodes }) });
      await apply("present", { access: "aws-auth" });
      await killed(after, "present", flags);
      await apply("present", flags);
      const left = (await changes("present")).filter(({ action }) => action !== "unchanged");
      expect(left.map(brief)).toEqual([]);
      const { namespace = "default", rbacName = "lambda-create-deployments" } = flags;
      expect(await owned()).toEqual([`roles ${namespace}/${rbacName}`, `rolebindings ${namespace}/${rbacName}`]);
      await apply("absent");
      expect(await owned()).toEqual([]);
      expect((await kube("GET", `${configMaps}/aws-auth`)).body.data).toEqual({ mapRoles: nodes });
    },
  );
  await fc.assert(property, { numRuns: 12 });
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
