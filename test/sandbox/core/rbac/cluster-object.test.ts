/** Whose a Role is, and who else writes it at the same time: on the sandbox's API server. */
import { describe, expect, test } from "vitest";
import { ownerMarks } from "../../../../src/core/kube/owner.ts";
import type { Kube } from "../../../../src/core/kube/request.ts";
import { afresh } from "../../../../src/core/kube/write.ts";
import { type Intent, plan } from "../../../../src/core/plan.ts";
import { clusterObject, marksOfOwner } from "../../../../src/core/rbac/cluster-object.ts";
import { pairsOf, type Role } from "../../../../src/core/rbac/objects.ts";
import { testClock } from "../../../support/clock.ts";
import { refusalOf } from "../../../support/refusal.ts";
import { before, beforeFirst, kubeOf } from "../../support/meddling.ts";
import { useSandbox } from "../../support/sandbox.ts";

const { sandbox, kube: raw } = useSandbox();
const more = [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create", "delete"] }];
const ours = "111122223333/us-east-1/eks-lambda-demo";
const others = "111122223333/us-east-1/other";
function roleOf(owner: string, namespace = "default"): Role {
  const needs = [{ group: "apps", resource: "deployments", verbs: ["create"], namespace }];
  const [pair] = pairsOf({ name: "creators", users: ["lambda"], needs, marks: () => marksOfOwner(owner) });
  if (!pair) throw new Error("no Role");
  return pair.role;
}
const roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles";

const wanted = roleOf(ours);
const byOthers = roleOf(others);
const unmarked: Role = {
  ...wanted,
  metadata: { name: "creators", namespace: "default", labels: { "app.kubernetes.io/managed-by": "eks-lambda" } },
};
const byHand: Role = { ...wanted, metadata: { name: "creators", namespace: "default" } };
const differing = (one: Role): Role => ({ ...one, rules: more });

const put = (body: unknown) => raw("POST", roles, { body });
const remove = () => raw("DELETE", `${roles}/creators`);
const change = (body: object) => raw("PATCH", `${roles}/creators`, { body, type: "application/merge-patch+json" });
const found = async (): Promise<Role | undefined> => {
  const { status, body } = await raw("GET", `${roles}/creators`);
  return status === 404 ? undefined : body;
};
const clock = testClock();

interface Given {
  readonly force?: boolean;
  readonly isAdopted?: boolean;
  readonly kube?: Kube;
}
const resourceOf = ({ force = false, isAdopted = false, kube = kubeOf(sandbox()) }: Given) =>
  clusterObject<Role>({ kube, clock }, { wanted, owner: ours, force, isAdopted: () => isAdopted });
const planned = (intent: Intent, given: Given = {}) => afresh({ clock }, () => plan("rbac", resourceOf(given), intent));
const applied = async (intent: Intent, given: Given = {}) => {
  const { change, apply } = await planned(intent, given);
  await apply?.(() => {});
  return change;
};

describe("a Role", () => {
  test("that does not exist is created with our marks, and then unchanged", async () => {
    expect(await applied("present")).toMatchObject({ action: "create", summary: "create deployments.apps" });
    expect(await found()).toMatchObject({ metadata: ownerMarks(ours), rules: wanted.rules });
    expect(await planned("present")).toEqual({ change: expect.objectContaining({ action: "unchanged" }) });
    expect(await applied("absent")).toMatchObject({ action: "delete" });
    expect(await found()).toBeUndefined();
  });

  describe("of another stack", () => {
    test.each([false, true])("is refused by its name, with --force-conflicts %s", async (force) => {
      await put(byOthers);
      expect(await refusalOf(planned("present", { force }))).toMatchObject({
        code: "RoleNotOurs",
        message: `the Role "creators" in default belongs to another stack, ${others}`,
        hint: "choose another name with --rbac-name; if that stack is gone: kubectl delete role/creators rolebinding/creators --namespace default",
      });
    });

    test("is kept by teardown", async () => {
      await put(byOthers);
      const there = await found();
      expect(await applied("absent", { isAdopted: true })).toMatchObject({
        action: "unchanged",
        summary: `kept: this Role belongs to the stack ${others}`,
      });
      expect(await found()).toEqual(there);
    });
  });

  describe("of an earlier version", () => {
    test("named by our stack is adopted, and the plan shows it", async () => {
      await put(unmarked);
      expect(await applied("present", { isAdopted: true })).toMatchObject({
        action: "update",
        before: "create deployments.apps\nowner: none",
        after: `create deployments.apps\nowner: ${ours}`,
      });
      expect(await found()).toMatchObject({
        metadata: { labels: wanted.metadata.labels, ...{ annotations: wanted.metadata.annotations } },
      });
    });

    test("named by our stack is removed", async () => {
      await put(unmarked);
      expect(await applied("absent", { isAdopted: true })).toMatchObject({ action: "delete" });
      expect(await found()).toBeUndefined();
    });

    test("that cannot be shown to be ours is refused, unless --force-conflicts takes it over", async () => {
      await put(unmarked);
      expect(await refusalOf(planned("present"))).toMatchObject({
        code: "RoleNotOurs",
        message:
          'the Role "creators" in default was created by an earlier version of eks-lambda, perhaps for another stack',
      });
      expect(await applied("present", { force: true })).toMatchObject({ action: "update" });
      expect(await found()).toMatchObject({ metadata: ownerMarks(ours) });
    });

    test("that cannot be shown to be ours is kept by teardown", async () => {
      await put(unmarked);
      expect(await applied("absent", { force: true })).toMatchObject({
        action: "unchanged",
        summary:
          "kept: an earlier version created this Role, perhaps for another stack: kubectl delete role/creators --namespace default",
      });
      expect(await found()).toBeDefined();
    });
  });

  describe("created by someone else", () => {
    test("is used unchanged if it grants the needed rights", async () => {
      await put(byHand);
      const there = await found();
      expect(await applied("present")).toMatchObject({
        action: "unchanged",
        summary: "kept: someone else created this Role, and it grants what is needed",
      });
      expect(await found()).toEqual(there);
    });

    test("is refused if it differs, unless --force-conflicts overwrites it", async () => {
      await put(differing(byHand));
      expect(await refusalOf(planned("present"))).toMatchObject({ code: "RoleNotOurs" });
      expect(await applied("present", { force: true })).toMatchObject({ action: "update" });
      expect(await found()).toMatchObject({ metadata: ownerMarks(ours), rules: wanted.rules });
    });

    test("is kept by teardown", async () => {
      await put(byHand);
      expect(await applied("absent")).toMatchObject({ summary: "kept: someone else created this Role" });
      expect(await found()).toBeDefined();
    });
  });

  test("whose annotation was changed is repaired", async () => {
    await put({ ...wanted, metadata: { ...wanted.metadata, annotations: { "eks-lambda/owner": others } } });
    expect(await applied("present")).toMatchObject({ action: "update" });
    expect(await found()).toMatchObject({ metadata: ownerMarks(ours) });
  });
});

const justBefore = (wish: RegExp, act: () => Promise<unknown>): Kube => beforeFirst(kubeOf(sandbox()), wish, act);

describe("while someone else writes", () => {
  const rehearsals = { POST: /^POST .*dryRun/, PATCH: /^PATCH .*dryRun/, DELETE: /^DELETE .*dryRun/ };
  const writes = { POST: /^POST .*roles$/, PATCH: /^PATCH .*creators$/, DELETE: /^DELETE .*creators$/ };

  test.each([
    ["rehearsed", rehearsals.POST],
    ["made", writes.POST],
  ])("the same Role was made when it is %s", async (_, wish) => {
    await applied("present", { kube: justBefore(wish, () => put(wanted)) });
    expect(await found()).toMatchObject({ metadata: ownerMarks(ours), rules: wanted.rules });
  });

  test.each([
    ["rehearsed", rehearsals.POST],
    ["made", writes.POST],
  ])("another stack made it when it is %s: it is refused, and stays", async (_, wish) => {
    const kube = justBefore(wish, () => put(byOthers));
    expect(await refusalOf(applied("present", { kube }))).toMatchObject({
      code: "RoleNotOurs",
      message: expect.stringContaining(others),
    });
    expect(await found()).toMatchObject({ metadata: ownerMarks(others) });
  });

  test.each([
    ["rehearsed", rehearsals.PATCH],
    ["changed", writes.PATCH],
  ])("it was deleted when its change is %s", async (_, wish) => {
    await put(differing(wanted));
    await applied("present", { kube: justBefore(wish, remove) });
    expect(await found()).toMatchObject({ rules: wanted.rules });
  });

  test.each([
    ["rehearsed", rehearsals.PATCH],
    ["changed", writes.PATCH],
  ])("it was changed when its change is %s", async (_, wish) => {
    await put(differing(wanted));
    await applied("present", { kube: justBefore(wish, () => change({ metadata: { labels: { team: "a" } } })) });
    expect(await found()).toMatchObject({ metadata: { labels: { team: "a" } }, rules: wanted.rules });
  });

  test.each([
    ["rehearsed", rehearsals.DELETE],
    ["carried out", writes.DELETE],
  ])("it was deleted when its deletion is %s", async (_, wish) => {
    await put(wanted);
    await applied("absent", { kube: justBefore(wish, remove) });
    expect(await found()).toBeUndefined();
  });

  test("another stack took its name when it is deleted: it stays", async () => {
    await put(wanted);
    const kube = justBefore(writes.DELETE, async () => {
      await remove();
      await put(byOthers);
    });
    await applied("absent", { kube });
    expect(await found()).toMatchObject({ metadata: ownerMarks(others) });
  });

  test("and never stops, it is said", async () => {
    await put(differing(wanted));
    let count = 0;
    const kube = before(kubeOf(sandbox()), writes.PATCH, () =>
      change({ metadata: { labels: { count: `${++count}` } } }),
    );
    expect(await refusalOf(applied("present", { kube }))).toMatchObject({
      code: "Conflict",
      hint: "someone else changed this object before each of 10 attempts: find out who writes to it, or wait until they are done, then run the command again",
    });
    expect(count).toBe(10);
  });

  test("a namespace that is not there is no such case", async () => {
    const kube = kubeOf(sandbox());
    const elsewhere = clusterObject<Role>(
      { kube, clock },
      { wanted: roleOf(ours, "none"), owner: ours, force: false, isAdopted: () => false },
    );
    expect(await refusalOf(plan("rbac", elsewhere, "present"))).toMatchObject({ code: "NamespaceNotFound" });
  });
});
