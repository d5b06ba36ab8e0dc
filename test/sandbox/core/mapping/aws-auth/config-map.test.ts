/** aws-auth, while someone else writes it: on the sandbox's API server. */
import { describe, expect, test } from "vitest";
import { editMapRoles, readAwsAuth } from "../../../../../src/core/mapping/aws-auth/config-map.ts";
import { testClock } from "../../../../support/clock.ts";
import { before, beforeFirst, kubeOf } from "../../../support/meddling.ts";
import { awsAuth, configMaps, useSandbox } from "../../../support/sandbox.ts";

const { sandbox, kube: raw } = useSandbox();
const path = `${configMaps}/aws-auth`;
const put = (mapRoles: string, metadata: object = {}) => {
  const map = awsAuth({ mapRoles });
  return raw("POST", configMaps, { body: { ...map, metadata: { ...map.metadata, ...metadata } } });
};
const remove = () => raw("DELETE", path);
const change = (data: object) => raw("PATCH", path, { body: { data }, type: "application/merge-patch+json" });
const managed = { labels: { "app.kubernetes.io/managed-by": "eks-lambda" } };

const add = (text = "") => (text.includes("# ours\n") ? text : `${text}# ours\n`);
const drop = (text = "") => text.replace("# ours\n", "") || undefined;

/** What stands there after an edit, before whose write `act` is done; and the texts that were replaced. */
async function edited(edit: typeof add | typeof drop, write: RegExp, act: () => Promise<unknown>) {
  const replaced: (string | undefined)[] = [];
  const kube = beforeFirst(kubeOf(sandbox()), write, act);
  await editMapRoles(kube, testClock(), { edit, before: async (text) => void replaced.push(text) });
  return { data: (await readAwsAuth(kubeOf(sandbox())))?.data, replaced };
}

describe("an edit of mapRoles", () => {
  test("is applied to a ConfigMap that was created meanwhile", async () =>
    expect(await edited(add, /^POST/, () => put("# theirs\n"))).toEqual({
      data: { mapRoles: "# theirs\n# ours\n" },
      replaced: [undefined, "# theirs\n"],
    }));

  test("is applied to a text that was changed meanwhile", async () => {
    await put("# nodes\n");
    expect(await edited(add, /^PATCH/, () => change({ mapRoles: "# theirs\n", mapUsers: "[]" }))).toEqual({
      data: { mapRoles: "# theirs\n# ours\n", mapUsers: "[]" },
      replaced: ["# nodes\n", "# theirs\n"],
    });
  });

  test("recreates a ConfigMap that was deleted meanwhile", async () => {
    await put("# nodes\n");
    expect(await edited(add, /^PATCH/, remove)).toEqual({
      data: { mapRoles: "# ours\n" },
      replaced: ["# nodes\n", undefined],
    });
  });

  test("is complete if someone made the same edit meanwhile", async () =>
    expect(await edited(add, /^POST/, () => put("# ours\n"))).toEqual({
      data: { mapRoles: "# ours\n" },
      replaced: [undefined],
    }));

  test("gives way after 100 conflicts, with pauses between them, and says so", async () => {
    await put("# nodes\n");
    let writes = 0;
    const kube = before(kubeOf(sandbox()), /^PATCH/, () => change({ mapRoles: `# write ${++writes}\n` }));
    const clock = testClock();
    const told: string[] = [];
    const waiting = (what: string) => void told.push(what);
    await expect(editMapRoles(kube, clock, { edit: add, before: async () => {}, waiting })).rejects.toMatchObject({
      code: "Conflict",
      hint: expect.stringContaining("someone else changed this object before each of 100 attempts"),
    });
    expect(clock.slept).toHaveLength(99);
    expect(new Set(told)).toEqual(new Set(["a pause of another writer of aws-auth"]));
    expect(Math.max(...clock.slept)).toBeLessThanOrEqual(1_000);
    expect((await readAwsAuth(kubeOf(sandbox())))?.data).toEqual({ mapRoles: "# write 100\n" });
  });

  test("that deletes the ConfigMap is complete if it was deleted meanwhile", async () => {
    await put("# ours\n", managed);
    expect(await edited(drop, /^DELETE/, remove)).toEqual({ data: undefined, replaced: ["# ours\n"] });
  });

  test("that would delete the ConfigMap keeps entries that were added meanwhile", async () => {
    await put("# ours\n", managed);
    expect(await edited(drop, /^DELETE/, () => change({ mapUsers: "[]" }))).toEqual({
      data: { mapUsers: "[]" },
      replaced: ["# ours\n"],
    });
  });
});
