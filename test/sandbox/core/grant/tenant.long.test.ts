/** What a tenant, who may write every object of his own namespace, can do to grant and revoke: nothing outside of it. */
import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DeleteAccessEntryCommand,
  EKSClient,
  UpdateAccessEntryCommand,
} from "@aws-sdk/client-eks";
import { describe, expect, test } from "vitest";
import { grantsIn } from "../../../../src/core/grant/listed.ts";
import { grantId, grantName, marksOn } from "../../../../src/core/grant/marks.ts";
import { objectsOf } from "../../../../src/core/grant/objects.ts";
import { KubernetesError } from "../../../../src/core/kube/errors.ts";
import type { Kube } from "../../../../src/core/kube/request.ts";
import { titleOf } from "../../../../src/core/rbac/objects.ts";
import { refusalOf } from "../../../support/refusal.ts";
import { useGrant } from "../../support/grant-in-process.ts";
import { kubeOf, before as meddle } from "../../support/meddling.ts";
import { awsAuth, configMaps } from "../../support/sandbox.ts";
import { brief } from "../../support/setup-in-process.ts";

const rbacApi = "/apis/rbac.authorization.k8s.io/v1";
/** The tenant's. */
const namespace = "kube-public";
const merge = "application/merge-patch+json";
const allow = ["get pods", "list nodes @*"];
const hold = { finalizers: ["example.com/hold"] };
/** Names that the API server accepts for Roles and bindings, and that are no part of a path as they are. */
const odd = ["x y", "é", "a?b", "$(id)"];

type Used = ReturnType<typeof useGrant>;

function tenantOf({ kube, roleArn }: Used) {
  const path = (kind: string, name = "") =>
    `${rbacApi}/namespaces/${namespace}/${kind}s${name && `/${encodeURIComponent(name)}`}`;
  async function make(object: { readonly kind: string }) {
    const answer = await kube("POST", path(object.kind.toLowerCase()), { body: object });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  }
  /** Exactly what grant would make here. */
  const forged = (mapping: "aws-auth" | "access-entry" | "others", user = roleArn()) => {
    const needs = [{ group: "", resource: "pods", verbs: ["get"], namespace }];
    const { roles, bindings } = objectsOf({ role: roleArn(), user, needs, mapping });
    return [...roles, ...bindings];
  };
  const marked = (name: string, more: object = {}) => {
    const marks = marksOn({ role: roleArn(), needs: [], mapping: "aws-auth" });
    const [role, binding] = forged("aws-auth");
    return [role, binding].map((one) => ({
      ...one,
      kind: one?.kind ?? "",
      metadata: { name, namespace, ...marks, ...more },
    }));
  };
  const there = async () => {
    const lists = await Promise.all(["role", "rolebinding"].map((kind) => kube("GET", path(kind))));
    return lists.flatMap(({ body }) => body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name));
  };
  return { path, make, forged, marked, there };
}

describe.each(["CONFIG_MAP", "API"] as const)("in authentication mode %s", (mode) => {
  const used = useGrant({ authenticationMode: mode });
  const { kube, sandbox, roleArn, changes, grant, planRevocation, revoke } = used;
  const { path, make, forged, marked, there } = tenantOf(used);
  const binding = () => `${rbacApi}/namespaces/default/rolebindings/${grantName(roleArn())}`;
  const given = () => kube("POST", configMaps, { body: awsAuth({ mapRoles: "[]\n" }) });

  test.each([
    ["odd names", {}],
    ["odd names and finalizers", hold],
    ["odd names and a record without end", { annotations: { "eks-lambda/rules": "get pods\n".repeat(27_000) } }],
  ])("labelled objects with %s are kept, and not waited for", async (_, more) => {
    await given();
    for (const object of odd.flatMap((name) => marked(name, more))) await make(object);
    const before = await there();
    await grant(allow);
    const { planned } = await planRevocation();
    expect(planned.at(-1)?.change).toMatchObject({
      ...{ action: "unchanged", target: expect.stringMatching(/^kube-public\/role\//) },
      summary: "kept: it and 7 more have the label of grant, but not a name that grant gives",
    });
    const { functions, strangers } = await grantsIn(kubeOf(sandbox()));
    expect(functions).toMatchObject([{ namespaces: ["*", "default"] }]);
    expect(strangers).toHaveLength(8);
    await revoke();
    expect(await there()).toEqual(before);
    expect(await kube("GET", binding())).toMatchObject({ status: 404 });
  });

  test("a perfect forgery goes with the grant, as if it had been granted", async () => {
    await given();
    for (const object of forged("others")) await make(object);
    expect((await changes(allow)).filter(({ action }) => action === "delete").map(brief)).toEqual(
      ["rolebinding", "role"].map((kind) => `delete rbac kube-public/${kind}/${grantName(roleArn())}`),
    );
    await revoke();
    expect(await there()).toEqual([]);
  });

  test("one that cannot be deleted does not keep the rest of the grant", async () => {
    await given();
    for (const object of forged("others"))
      await make({ ...object, metadata: { ...object.metadata, ...hold } } as never);
    await kube("POST", `${rbacApi}/namespaces/default/roles`, { body: { metadata: { name: "others" }, rules: [] } });
    // Late, after the proof: the grant itself holds.
    expect(await refusalOf(grant(allow))).toMatchObject({ code: "BeingDeleted" });
    expect(await kube("GET", binding())).toMatchObject({ status: 200 });
    const told = await refusalOf(revoke());
    expect(told).toMatchObject({ code: "BeingDeleted", message: expect.stringContaining("in kube-public") });
    expect(told.message.match(/being deleted/g)).toHaveLength(2);
    expect(await kube("GET", binding())).toMatchObject({ status: 404 });
    expect((await planRevocation()).planned.map(({ change }) => brief(change))).toEqual(
      ["rolebinding", "role"].map((kind) => `delete rbac kube-public/${kind}/${grantName(roleArn())}`),
    );
    for (const kind of ["role", "rolebinding"])
      await kube("PATCH", path(kind, grantName(roleArn())), { body: { metadata: { finalizers: null } }, type: merge });
    await revoke();
    expect((await planRevocation()).planned).toEqual([]);
  });

  test("all deletions are sent before a finalizer is waited for", async () => {
    await given();
    await grant(allow);
    for (const object of forged("others"))
      await make({ ...object, metadata: { ...object.metadata, ...hold } } as never);
    const sent: string[] = [];
    const api = kubeOf(sandbox());
    const watching: Kube = {
      request(request) {
        sent.push(`${request.method ?? "GET"} ${request.path}`);
        return api.request(request);
      },
    };
    const { planned } = await planRevocation({ kube: watching });
    sent.length = 0;
    await refusalOf(used.apply(planned));
    const last = sent.findLastIndex((one) => one.startsWith("DELETE"));
    const isPoll = (one: string) => one.startsWith("GET") && one.includes(namespace);
    expect(sent.slice(last).filter(isPoll).length).toBeGreaterThan(10);
    expect(sent.slice(0, last).filter(isPoll).length).toBeLessThanOrEqual(2);
  });

  test.each([
    ["when it is tried", /^DELETE .*default.rolebindings\S*$/],
    ["already when it is rehearsed", /^DELETE .*default.rolebindings/],
  ])("a deletion that admission denies %s does not stop the others", async (_, wish) => {
    await given();
    await grant(allow);
    const denial = {
      status: 400,
      reason: "BadRequest",
      details: {},
      retryAfterMs: undefined,
      hint: undefined,
      cause: undefined,
    };
    const denying = meddle(kubeOf(sandbox()), wish, async () => {
      throw new KubernetesError("AdmissionDenied", "no deletion here", denial);
    });
    expect(await refusalOf(revoke({ kube: denying }))).toMatchObject({ code: "AdmissionDenied" });
    expect((await planRevocation()).planned.map(({ change }) => brief(change))).toEqual([
      `delete rbac default/rolebinding/${grantName(roleArn())}`,
    ]);
    await revoke();
    expect((await planRevocation()).planned).toEqual([]);
  });
});

describe("a mapping", () => {
  const used = useGrant({ authenticationMode: "CONFIG_MAP" });
  const { kube, roleArn, grant, planRevocation, revoke } = used;
  const { make, forged } = tenantOf(used);
  const map = () => kube("GET", `${configMaps}/aws-auth`);
  const byAPerson = () => `- rolearn: ${roleArn()}\n  username: ${roleArn()}\n`;

  test("that a person made stays, whatever Roles say of it", async () => {
    await kube("POST", configMaps, { body: awsAuth({ mapRoles: byAPerson() }) });
    await grant(["get pods @kube-public", "get pods"]);
    const type = merge;
    const annotations = { "eks-lambda/mapping": "aws-auth" };
    for (const kind of ["roles", "rolebindings"])
      for (const place of ["kube-public", "default"])
        await kube("PATCH", `${rbacApi}/namespaces/${place}/${kind}/${grantName(roleArn())}`, {
          ...{ body: { metadata: { annotations } }, type },
        });
    expect((await planRevocation()).planned.map(({ change }) => change)).toContainEqual(
      expect.objectContaining({
        ...{ step: "aws-auth", action: "unchanged" },
        summary: `kept: no mark says that grant created it; to remove it: eksctl delete iamidentitymapping --cluster demo --region us-east-1 --arn ${roleArn()}`,
      }),
    );
    await revoke();
    expect((await map()).body.data.mapRoles).toBe(byAPerson());
  });

  test("that a person made is not touched, not even in a rehearsal, which admission could deny", async () => {
    await kube("POST", configMaps, { body: awsAuth({ mapRoles: byAPerson() }) });
    await grant(["get pods"]);
    const touched: string[] = [];
    const watching = meddle(kubeOf(used.sandbox()), /^(PATCH|PUT|DELETE) .*configmaps/, async () => {
      touched.push("aws-auth");
    });
    await revoke({ kube: watching });
    expect(touched).toEqual([]);
  });

  test("that a person made stays, though there is nothing but forged Roles", async () => {
    await kube("POST", configMaps, { body: awsAuth({ mapRoles: byAPerson() }) });
    for (const object of forged("aws-auth")) await make(object);
    await revoke();
    expect((await map()).body.data.mapRoles).toBe(byAPerson());
  });

  test("that grant made goes, whatever Roles say of it, and its mark with it", async () => {
    await kube("POST", configMaps, { body: awsAuth({ mapRoles: "# ours\n[]\n" }) });
    await grant(["get pods @kube-public"]);
    const mark = `eks-lambda/grant-${grantId(roleArn())}`;
    expect((await map()).body.metadata.annotations).toEqual({ [mark]: roleArn() });
    const body = { metadata: { annotations: { "eks-lambda/mapping": "others" } } };
    for (const kind of ["roles", "rolebindings"])
      await kube("PATCH", `${rbacApi}/namespaces/${namespace}/${kind}/${grantName(roleArn())}`, { body, type: merge });
    await revoke();
    expect((await map()).body).toMatchObject({ data: { mapRoles: "# ours\n[]\n" } });
    expect((await map()).body.metadata.annotations ?? {}).toEqual({});
  });

  test("that a person has removed leaves no mark, so that one that a person makes later stays", async () => {
    await kube("POST", configMaps, { body: awsAuth({ mapRoles: "[]\n" }) });
    await grant(["get pods"]);
    await kube("PATCH", `${configMaps}/aws-auth`, { body: { data: { mapRoles: "[]\n" } }, type: merge });
    expect((await planRevocation()).planned.map(({ change }) => change.summary)).toContain(
      "the mark of an entry that no longer exists",
    );
    await revoke();
    await kube("PATCH", `${configMaps}/aws-auth`, { body: { data: { mapRoles: byAPerson() } }, type: merge });
    await grant(["get pods"]);
    await revoke();
    expect((await map()).body.data.mapRoles).toBe(byAPerson());
  });

  test("that a person has changed stays, and revoke says so", async () => {
    await kube("POST", configMaps, { body: awsAuth({ mapRoles: "[]\n" }) });
    await grant(["get pods"]);
    const mapRoles = `- rolearn: ${roleArn()}\n  username: boss\n  groups: [viewers]\n`;
    await kube("PATCH", `${configMaps}/aws-auth`, { body: { data: { mapRoles } }, type: merge });
    expect((await planRevocation()).planned.map(({ change }) => change.summary)).toContain(
      'kept: someone has changed it since grant created it, to the user "boss" in viewers',
    );
    await revoke();
    expect((await map()).body.data.mapRoles).toBe(mapRoles);
  });

  test("in a text that does not parse is an error, after all rights were revoked", async () => {
    await kube("POST", configMaps, { body: awsAuth({ mapRoles: "[]\n" }) });
    await grant(["get pods"]);
    await kube("PATCH", `${configMaps}/aws-auth`, { body: { data: { mapRoles: "- {" } }, type: merge });
    expect(await refusalOf(revoke())).toMatchObject({ code: "AwsAuthInvalid" });
    const { body } = await kube("GET", `${rbacApi}/rolebindings`);
    expect(body.items.map(titleOf)).toEqual([]);
  });
});

describe("an access entry", () => {
  const used = useGrant({ authenticationMode: "API" });
  const { kube, sandbox, client, roleArn, entries, apply, grant, planRevocation, revoke, changes } = used;
  const { make, forged } = tenantOf(used);
  const change = (more: object) =>
    new EKSClient(client()).send(
      new UpdateAccessEntryCommand({ clusterName: sandbox().cluster.name, principalArn: roleArn(), ...more }),
    );

  test.each([
    ["the user", { username: "boss" }, '"boss"'],
    ["the groups", { kubernetesGroups: ["viewers"] }, /" in viewers$/],
  ])("of which a person has changed %s stays, and revoke says so", async (_, more, told) => {
    await grant(["get pods"]);
    await change(more);
    const there = await entries();
    expect((await planRevocation()).planned.map(({ change }) => change)).toContainEqual(
      expect.objectContaining({
        ...{ step: "access-entry", action: "unchanged" },
        summary: expect.stringMatching(told),
      }),
    );
    await revoke();
    expect(await entries()).toEqual(there);
  });

  describe("that a person has given an access policy", () => {
    const policyArn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";
    const associate = () =>
      new EKSClient(client()).send(
        new AssociateAccessPolicyCommand({
          ...{ clusterName: sandbox().cluster.name, principalArn: roleArn(), policyArn },
          accessScope: { type: "cluster" },
        }),
      );

    test("stays, also if that was after the plan, and revoke says so", async () => {
      await grant(["get pods"]);
      const there = await entries();
      const { planned } = await planRevocation();
      await associate();
      await apply(planned);
      expect(await entries()).toEqual(there);
      expect((await planRevocation()).planned.map(({ change }) => change)).toEqual([
        {
          ...{ step: "access-entry", target: roleArn(), action: "unchanged" },
          summary: `kept: someone has given it the access policy AmazonEKSViewPolicy for the cluster since grant created it; to delete it: aws eks delete-access-entry --cluster-name demo --principal-arn ${roleArn()} --region us-east-1`,
        },
      ]);
    });

    test("stays when the role is made again, and grant says so", async () => {
      await grant(["get pods"]);
      await associate();
      const there = await entries();
      sandbox().remove("AWS::IAM::Role", "ci");
      sandbox().assumeRole("ci");
      expect(await refusalOf(grant(["get pods"]))).toMatchObject({ code: "RightsTooWide" });
      expect(await entries()).toEqual(there);
    });

    test("stays where the caller may not list them, and revoke says so", async () => {
      await grant(["get pods"]);
      await associate();
      sandbox().faults.forbid.push("eks:ListAssociatedAccessPolicies");
      const there = await entries();
      expect((await planRevocation()).planned.map(({ change }) => change)).toContainEqual({
        ...{ step: "access-entry", target: roleArn(), action: "unchanged" },
        summary: expect.stringMatching(/^kept: could not check whether the access entry has access policies: /),
      });
      await revoke();
      expect(await entries()).toEqual(there);
    });

    test("stays if instead a person made it again, without our tag", async () => {
      await grant(["get pods"]);
      const { planned } = await planRevocation();
      const entry = { clusterName: sandbox().cluster.name, principalArn: roleArn() };
      await new EKSClient(client()).send(new DeleteAccessEntryCommand(entry));
      await new EKSClient(client()).send(new CreateAccessEntryCommand({ ...entry, username: roleArn() }));
      const there = await entries();
      await apply(planned);
      expect(await entries()).toEqual(there);
    });
  });

  test("of which a person has changed the user is used as theirs", async () => {
    await grant(["get pods"]);
    await change({ username: "deployer" });
    expect((await changes(["get pods"])).filter(({ action }) => action !== "unchanged").map(brief)).toEqual([
      `update rbac default/role/${grantName(roleArn())}`,
      `update rbac default/rolebinding/${grantName(roleArn())}`,
    ]);
  });

  test("of a role that is gone is found, though a tenant names another path", async () => {
    const arn = `arn:aws:iam::${sandbox().account}:role/team/ci`;
    sandbox().remove("AWS::IAM::Role", "ci");
    sandbox().assumeRole("ci", "/team/");
    await grant(["get pods"]);
    for (const object of forged("access-entry")) {
      const annotations = { ...object.metadata.annotations, "eks-lambda/role": arn.replace("team", "evil") };
      await make({ ...object, metadata: { ...object.metadata, annotations } } as never);
    }
    sandbox().remove("AWS::IAM::Role", "ci");
    expect(await entries()).toMatchObject([{ principalArn: arn }]);
    await revoke();
    expect(await entries()).toEqual([]);
    expect((await kube("GET", `${rbacApi}/roles`)).body.items).toEqual([]);
  });
});
