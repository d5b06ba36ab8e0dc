/** What grant and revoke plan and leave behind, by aws-auth and by access entry. */
import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  type CreateAccessEntryCommandInput,
  DeleteAccessEntryCommand,
  EKSClient,
} from "@aws-sdk/client-eks";
import { describe, expect, test } from "vitest";
import { grantsIn } from "../../../../src/core/grant/listed.ts";
import { grantName } from "../../../../src/core/grant/marks.ts";
import type { TestClock } from "../../../support/clock.ts";
import { refusalOf } from "../../../support/refusal.ts";
import { useGrant } from "../../support/grant-in-process.ts";
import { beforeFirst, kubeOf, before as meddle } from "../../support/meddling.ts";
import { awsAuth, configMaps } from "../../support/sandbox.ts";
import { brief } from "../../support/setup-in-process.ts";

const rbacApi = "/apis/rbac.authorization.k8s.io/v1";
const nodes = "# nodes\n- rolearn: arn:aws:iam::123456789012:role/nodes\n  username: nodes\n";
const allow = ["get,patch deployments.apps web", "create jobs.batch @default", "list nodes @*"];
const merge = "application/merge-patch+json";

describe.each(["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"] as const)("in authentication mode %s", (mode) => {
  const used = useGrant({ authenticationMode: mode });
  const { kube, sandbox, roleArn, entries, changes, grant, planRevocation, revoke } = used;
  const name = () => grantName(roleArn());
  const path = (kind: string, namespace?: string) =>
    `${rbacApi}/${namespace ? `namespaces/${namespace}/` : ""}${kind}/${name()}`;
  const mapping = () => (mode === "CONFIG_MAP" ? "aws-auth kube-system/aws-auth" : `access-entry ${roleArn()}`);
  const roles = () => [`rbac default/role/${name()}`, `rbac clusterrole/${name()}`];
  const bindings = () => [`rbac default/rolebinding/${name()}`, `rbac clusterrolebinding/${name()}`];
  const mapRoles = async () => (await kube("GET", `${configMaps}/aws-auth`)).body.data?.mapRoles;
  /** All Roles, bindings and mappings. */
  /** What is written back is written later. */
  const withoutTimes = (key: string, value: unknown) => (key === "time" ? undefined : value);
  const state = async () => ({
    objects: await Promise.all(
      ["roles", "rolebindings", "clusterroles", "clusterrolebindings"].map(async (kind) =>
        (await kube("GET", `${rbacApi}/${kind}`)).body.items.map(
          ({ metadata, rules, subjects }: Record<string, object>) => ({
            metadata: JSON.parse(JSON.stringify({ ...metadata, resourceVersion: 0 }, withoutTimes)),
            rules,
            subjects,
          }),
        ),
      ),
    ),
    mapRoles: await mapRoles(),
    entries: await entries(),
  });
  const given = () => kube("POST", configMaps, { body: awsAuth({ mapRoles: nodes }) });

  test("writes Roles, then the mapping, then the bindings, and nothing the second time", async () => {
    await given();
    const all = [...roles(), mapping(), ...bindings()];
    expect((await changes(allow)).map(brief)).toEqual(all.map((one) => `create ${one}`));
    await grant(allow);
    expect((await changes(allow)).map(({ action }) => action)).toEqual(all.map(() => "unchanged"));
    expect((await kube("GET", path("roles", "default"))).body).toMatchObject({
      metadata: {
        labels: {
          "app.kubernetes.io/managed-by": "eks-lambda",
          "eks-lambda/grant": expect.stringMatching(/^[0-9a-f]{32}$/),
        },
        annotations: {
          "eks-lambda/role": roleArn(),
          "eks-lambda/rules": "get,patch deployments.apps web @default\ncreate jobs.batch @default",
          "eks-lambda/mapping": mode === "CONFIG_MAP" ? "aws-auth" : "access-entry",
        },
      },
      rules: [
        { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "patch"], resourceNames: ["web"] },
        { apiGroups: ["batch"], resources: ["jobs"], verbs: ["create"] },
      ],
    });
    expect((await kube("GET", path("clusterrolebindings"))).body).toMatchObject({
      roleRef: { kind: "ClusterRole", name: name() },
      subjects: [{ kind: "User", name: roleArn() }],
    });
    const ours = `- rolearn: ${roleArn()}\n  username: ${roleArn()}\n`;
    expect({ mapRoles: await mapRoles(), entries: await entries() }).toEqual(
      mode === "CONFIG_MAP"
        ? { mapRoles: nodes + ours, entries: [] }
        : {
            mapRoles: nodes,
            entries: [{ principalArn: roleArn(), username: roleArn(), groups: [], tagged: ["eks-lambda/grant"] }],
          },
    );
  });

  test("revoke removes the bindings first, and keeps what grant did not create", async () => {
    await given();
    const untouched = await state();
    await grant(allow);
    const { planned } = await planRevocation();
    expect(planned.map(({ change }) => brief(change))).toEqual(
      [...bindings(), mapping(), ...roles()].map((one) => `delete ${one}`),
    );
    await revoke();
    expect(await state()).toEqual(untouched);
    expect((await planRevocation()).planned).toEqual([]);
  });

  test("planning writes nothing", async () => {
    await given();
    const untouched = await state();
    await changes(allow);
    await planRevocation();
    expect(await state()).toEqual(untouched);
  });

  test("new rules replace the old ones, and removed namespaces come last", async () => {
    const untouched = await state();
    await grant(allow);
    const other = (await changes(["get pods @kube-public"])).map(brief);
    expect(other).toEqual([
      `create rbac kube-public/role/${name()}`,
      `unchanged mapping ${sandbox().cluster.name}`,
      `create rbac kube-public/rolebinding/${name()}`,
      ...bindings().map((one) => `delete ${one}`),
      ...roles().map((one) => `delete ${one}`),
    ]);
    await grant(["get pods @kube-public"]);
    expect(await kube("GET", path("clusterroles"))).toMatchObject({ status: 404 });
    await revoke();
    expect((await state()).objects).toEqual(untouched.objects);
  });

  test("changes by hand are reverted", async () => {
    await grant(allow);
    const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
    await kube("PATCH", path("roles", "default"), { body: { rules }, type: merge });
    await kube("PATCH", path("rolebindings", "default"), { body: { subjects: [] }, type: merge });
    const changed = (await changes(allow)).filter(({ action }) => action !== "unchanged");
    expect(changed.map(brief)).toEqual([`update ${roles()[0]}`, `update ${bindings()[0]}`]);
    await grant(allow);
    expect((await changes(allow)).every(({ action }) => action === "unchanged")).toBe(true);
  });

  describe("a step that fails", () => {
    const failure = new Error("the network is gone");
    const failing = () =>
      meddle(kubeOf(sandbox()), /^POST .*\/clusterrolebindings$/, async () => {
        throw failure;
      });

    test("is undone together with the earlier steps", async () => {
      await given();
      const untouched = await state();
      await expect(grant(allow, { kube: failing() })).rejects.toBe(failure);
      expect(await state()).toEqual(untouched);
    });

    test("keeps the previous grant", async () => {
      await grant(["get pods"]);
      const granted = await state();
      await expect(grant(allow, { kube: failing() })).rejects.toBe(failure);
      expect(await state()).toEqual(granted);
    });

    test("leaves nothing if the final check fails", async () => {
      await given();
      const untouched = await state();
      const meddling = meddle(kubeOf(sandbox()), /^POST .*\/subjectaccessreviews$/, () =>
        kube("DELETE", path("rolebindings", "default")),
      );
      expect(await refusalOf(grant(["get pods"], { kube: meddling }))).toMatchObject({
        code: "ChecksFailed",
        message: `the cluster does not say that ${roleArn()} may get pods @default; what this run had changed was undone`,
      });
      expect(await state()).toEqual(untouched);
    });
  });

  test("the next run completes or revokes a run that was killed between any two writes", async () => {
    await given();
    const untouched = await state();
    for (const after of [...roles(), mapping(), ...bindings()]) {
      for (const next of ["grant", "revoke"] as const) {
        const { planned } = await used.plan(allow);
        for (const { change, apply } of planned) {
          await apply?.(() => {});
          if (brief(change) === `create ${after}`) break;
        }
        if (next === "grant") {
          await grant(allow);
          expect((await changes(allow)).every(({ action }) => action === "unchanged")).toBe(true);
        }
        await revoke();
        expect(await state(), `${next} after ${after}`).toEqual(untouched);
      }
    }
  });

  test("a concurrent write to the Role is detected, and the write repeated", async () => {
    await grant(["get pods"]);
    const meddling = beforeFirst(kubeOf(sandbox()), /^PATCH .*\/roles\/[^ ]+$/, () =>
      kube("PATCH", path("roles", "default"), { body: { metadata: { labels: { other: "yes" } } }, type: merge }),
    );
    await grant(["list pods"], { kube: meddling });
    expect((await kube("GET", path("roles", "default"))).body).toMatchObject({
      metadata: { labels: { other: "yes" } },
      rules: [{ resources: ["pods"], verbs: ["list"] }],
    });
  });

  test("someone else's Role with the same name is refused, and kept by revoke", async () => {
    const body = { metadata: { name: name() }, rules: [] };
    await kube("POST", `${rbacApi}/namespaces/default/roles`, { body });
    expect(await refusalOf(grant(["get pods"]))).toMatchObject({ code: "RoleNotOurs" });
    expect((await planRevocation()).planned).toEqual([]);
  });

  test("a missing role is refused, and a role deleted after grant can be revoked", async () => {
    const untouched = await state();
    await grant(allow);
    sandbox().remove("AWS::IAM::Role", "ci");
    expect(await refusalOf(grant(allow))).toMatchObject({ code: "RoleNotFound" });
    await revoke();
    expect((await state()).objects).toEqual(untouched.objects);
    expect(await entries()).toEqual([]);
  });
});

describe("someone else's mapping", () => {
  const { kube, sandbox, roleArn, entries, changes, plan, grant, revoke, client } = useGrant({
    authenticationMode: "API_AND_CONFIG_MAP",
  });
  const name = () => grantName(roleArn());
  const binding = () => kube("GET", `${rbacApi}/namespaces/default/rolebindings/${name()}`);
  const makeEntry = (more: Partial<CreateAccessEntryCommandInput> = {}) =>
    new EKSClient(client()).send(
      new CreateAccessEntryCommand({ clusterName: sandbox().cluster.name, principalArn: roleArn(), ...more }),
    );
  const mapped = (username: string, more = "") =>
    kube("POST", configMaps, {
      body: awsAuth({ mapRoles: `- rolearn: ${roleArn()}\n  username: ${username}\n${more}` }),
    });

  test("by access entry is used unchanged, and kept by revoke", async () => {
    await makeEntry({ username: "deployer", kubernetesGroups: ["viewers"] });
    const there = await entries();
    expect((await plan(["get pods"])).warnings).toEqual(['"deployer" also has the rights of viewers']);
    await grant(["get pods"]);
    expect((await binding()).body).toMatchObject({ subjects: [{ kind: "User", name: "deployer" }] });
    expect((await changes(["get pods"])).every(({ action }) => action === "unchanged")).toBe(true);
    await revoke();
    expect(await entries()).toEqual(there);
  });

  describe("by access entry, with access policies,", () => {
    const policyArn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";
    const associate = () =>
      new EKSClient(client()).send(
        new AssociateAccessPolicyCommand({
          ...{ clusterName: sandbox().cluster.name, principalArn: roleArn(), policyArn },
          accessScope: { type: "namespace", namespaces: ["shop"] },
        }),
      );

    test("is refused, also if grant made it", async () => {
      const refused = {
        code: "RightsTooWide",
        message: `the access entry of ${roleArn()} has the access policy AmazonEKSViewPolicy in shop: rights that no Role and no binding shows`,
        hint: `take AmazonEKSViewPolicy away: aws eks disassociate-access-policy --cluster-name demo --principal-arn ${roleArn()} --policy-arn ${policyArn} --region us-east-1`,
      };
      await makeEntry({ username: "deployer" });
      await associate();
      expect(await refusalOf(plan(["get pods"]))).toMatchObject(refused);
      expect((await binding()).status).toBe(404);
      await new EKSClient(client()).send(
        new DeleteAccessEntryCommand({ clusterName: sandbox().cluster.name, principalArn: roleArn() }),
      );
      await grant(["get pods"]);
      await associate();
      expect(await refusalOf(plan(["get pods"]))).toMatchObject(refused);
    });

    test("is used where the caller may not list them, which is said", async () => {
      await makeEntry({ username: "deployer" });
      await associate();
      sandbox().faults.forbid.push("eks:ListAssociatedAccessPolicies");
      expect((await plan(["get pods"])).warnings).toEqual([
        expect.stringMatching(
          /^could not check whether the access entry has access policies: the caller may not call /,
        ),
      ]);
    });
  });

  test("by aws-auth is used, because an access entry would override it", async () => {
    await mapped("deployer");
    await grant(["get pods"]);
    expect(await entries()).toEqual([]);
    expect((await binding()).body).toMatchObject({ subjects: [{ name: "deployer" }] });
    await revoke();
    expect((await kube("GET", `${configMaps}/aws-auth`)).body.data.mapRoles).toContain("username: deployer");
  });

  test("stays if it equals grant's own", async () => {
    await mapped(roleArn());
    await grant(["get pods"]);
    await revoke();
    expect((await kube("GET", `${configMaps}/aws-auth`)).body.data.mapRoles).toContain(`username: ${roleArn()}`);
  });

  test("is refused if each session maps to another user", async () => {
    await makeEntry();
    expect(await refusalOf(plan(["get pods"]))).toMatchObject({
      code: "UsernameTemplate",
      message: expect.stringContaining("{{SessionName}}"),
    });
  });

  test("is refused if it maps to a Kubernetes system user", async () => {
    await mapped("system:kube-scheduler");
    expect(await refusalOf(plan(["get pods"]))).toMatchObject({ code: "UsernameTaken" });
  });

  test.each(["viewers", "system:masters", "system:{{SessionName}}", "{{SessionNameRaw}}"])(
    "is refused if it is in system:masters or lets a session choose, and used in viewers: %s",
    async (group) => {
      await mapped("ops", `  groups: [deployers, "${group}"]\n`);
      const { code, warnings } = await plan(["get pods"]).catch((error) => ({ ...error, warnings: undefined }));
      expect({ code, warnings }).toEqual(
        group === "viewers"
          ? { code: undefined, warnings: ['"ops" also has the rights of deployers, viewers'] }
          : { code: "RightsTooWide", warnings: undefined },
      );
    },
  );

  test("is refused if an access entry lets a session choose a group", async () => {
    await makeEntry({ username: "ops", kubernetesGroups: ["viewers", "{{SessionName}}"] });
    const { cluster, region } = sandbox();
    const { code, hint } = await refusalOf(plan(["get pods"]));
    expect({ code, hint }).toEqual({
      code: "RightsTooWide",
      hint: `take the group out of the mapping: aws eks update-access-entry --cluster-name ${cluster.name} --principal-arn ${roleArn()} --kubernetes-groups viewers --region ${region}; or remove the mapping: grant then creates its own`,
    });
  });

  test("is refused if it has no username", async () => {
    await kube("POST", configMaps, { body: awsAuth({ mapRoles: `- rolearn: ${roleArn()}\n  groups: [viewers]\n` }) });
    expect(await refusalOf(plan(["get pods"]))).toMatchObject({ code: "RoleNotMapped" });
  });

  test.each([
    ["by aws-auth", (arn: string) => mapped("deployer", `- rolearn: ${arn}\n  username: deployer\n`)],
    [
      "by access entry",
      async (arn: string) => {
        sandbox().assumeRole("other");
        await makeEntry({ principalArn: arn, username: "deployer" });
        await mapped("deployer");
      },
    ],
  ])("of others to the same user, %s, is refused without --share-username", async (_, given) => {
    const other = roleArn("other");
    await given(other);
    expect(await refusalOf(plan(["get pods"]))).toMatchObject({
      code: "UsernameTaken",
      message: `the Kubernetes user "deployer" also belongs to ${other}: they would get these rights, too`,
    });
    await grant(["get pods"], { shareUsername: true });
  });

  test("other rights of the user are reported", async () => {
    await kube("POST", `${rbacApi}/namespaces/default/rolebindings`, {
      body: {
        metadata: { name: "more" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: roleArn() }],
      },
    });
    expect((await plan(["get pods"])).warnings).toEqual([
      `"${roleArn()}" also has rights by default/rolebinding/more (ClusterRole view)`,
    ]);
  });

  describe("for an earlier role with the same name", () => {
    const again = async () => {
      sandbox().remove("AWS::IAM::Role", "ci");
      await new Promise((resolve) => setTimeout(resolve, 5));
      sandbox().assumeRole("ci");
    };

    test("is recreated if grant created it", async () => {
      await grant(["get pods"]);
      await again();
      const changed = (await changes(["get pods"])).filter(({ action }) => action !== "unchanged");
      expect(changed.map(brief)).toEqual([`update access-entry ${roleArn()}`]);
      await grant(["get pods"]);
      expect((await changes(["get pods"])).every(({ action }) => action === "unchanged")).toBe(true);
    });

    test("is refused if someone else created it", async () => {
      await makeEntry({ username: "deployer" });
      await again();
      expect(await refusalOf(plan(["get pods"]))).toMatchObject({ code: "AccessEntryDead" });
    });
  });

  test("created between plan and write is kept and refused", async () => {
    const { planned } = await plan(["get pods"]);
    await makeEntry({ username: "deployer" });
    const entry = planned.find(({ change }) => change.step === "access-entry");
    await expect(entry?.apply?.(() => {})).rejects.toThrow("already in use");
    await entry?.undo?.();
    expect(await entries()).toMatchObject([{ username: "deployer" }]);
  });
});

describe("a role that EKS does not know yet", () => {
  const { sandbox, roleArn, entries, plan, grant } = useGrant({ authenticationMode: "API" });

  test("gets its entry as soon as EKS knows it", async () => {
    sandbox().faults.newRoleRefusals = 3;
    const { planned, context } = await plan(["get pods"]);
    const waited: string[] = [];
    await planned.find(({ change }) => change.step === "access-entry")?.apply?.((what) => waited.push(what));
    expect((context.clock as TestClock).slept).toEqual([2_000, 4_000, 8_000]);
    expect(waited).toEqual(Array.from({ length: 3 }, () => "EKS to know the new role"));
    expect(await entries()).toMatchObject([{ username: roleArn() }]);
  });

  test("is given up after two minutes, and what the run had changed is undone", async () => {
    sandbox().faults.newRoleRefusals = 100;
    expect(await refusalOf(grant(["get pods"]))).toMatchObject({
      code: "RoleTooNew",
      message: `EKS still refuses the role ${roleArn()} after two minutes, as it does until it knows a new role; what this run had changed was undone`,
    });
    expect(await entries()).toEqual([]);
    sandbox().faults.newRoleRefusals = 0;
    await grant(["get pods"]);
    expect(await entries()).toMatchObject([{ username: roleArn() }]);
  });
});

describe("the grants of a cluster", () => {
  const { sandbox, kube, roleArn, grant, planRevocation, revoke } = useGrant();

  test("in aws-auth are revoked with the entries that they override, which the plan shows", async () => {
    const boss = `- rolearn: ${roleArn()}\n  username: boss\n  groups: [system:masters]\n`;
    const ours = `- rolearn: ${roleArn()}\n  username: ${roleArn()}\n`;
    await grant(allow);
    const body = { data: { mapRoles: nodes + boss + ours } };
    await kube("PATCH", `${configMaps}/aws-auth`, { body, type: "application/merge-patch+json" });
    const [entry] = (await planRevocation()).planned
      .map(({ change }) => change)
      .filter(({ step }) => step === "aws-auth");
    expect(entry).toMatchObject({ action: "delete", summary: "1 entry untouched", before: (boss + ours).trimEnd() });
    await revoke();
    expect((await kube("GET", `${configMaps}/aws-auth`)).body.data.mapRoles).toBe(nodes);
  });

  test("are listed by role, with the rights of each", async () => {
    await grant(allow);
    const { functions, strangers } = await grantsIn(kubeOf(sandbox()));
    expect(strangers).toEqual([]);
    expect(functions).toEqual([
      {
        ...{ name: undefined, stack: undefined, functionName: undefined, version: undefined, state: "granted" },
        ...{ owner: roleArn(), users: [roleArn()], namespaces: ["*", "default"], access: "aws-auth" },
        may: ["get,patch deployments.apps web; create jobs.batch @default", "list nodes @*"],
        images: [],
        exportName: undefined,
      },
    ]);
    await revoke();
    expect(await grantsIn(kubeOf(sandbox()))).toEqual({ functions: [], strangers: [] });
  });
});
