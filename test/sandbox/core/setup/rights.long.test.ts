/** What a function may do: from its declaration to the rules in the cluster, and back. */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { formatNeed, type Need, parseNeed } from "../../../../src/core/kube/need.ts";
import { placedNeeds } from "../../../../src/core/rbac/rights.ts";
import { refusalOf } from "../../../support/refusal.ts";
import "../../../support/seed.ts";
import { brief, type Given, useSetup } from "../../support/setup-in-process.ts";

const { sandbox, kube, token, ports, contextOf, plan, changes, apply } = useSetup();

const code = "exports.handler = async () => {};";
const needsOf = (texts: readonly string[]) => texts.map(parseNeed);
const entry = (...texts: readonly string[]): Given => ({
  name: "web",
  program: { source: { path: "src/web.ts", code, largest: [], needs: needsOf(texts) } },
});
const silent = (allow?: readonly string[]): Given => ({
  name: "web",
  program: { source: { path: "src/web.ts", code, largest: [], needs: undefined }, needs: allow && needsOf(allow) },
});

const changing = async (given: Given) =>
  (await plan("present", given))
    .filter(({ apply, change }) => apply && change.step === "rbac")
    .map(
      ({ change, late }) =>
        `${brief(change).replace(/(lambda-create-deployments|eks-lambda)-web-\w+/, "NAME")}${late ? ", late" : ""}`,
    );

/** What the API server says that the function's user may do in a namespace, as lines of verb, resource and name. */
async function allowed(namespace: string): Promise<readonly string[]> {
  const { target } = await contextOf("absent", { name: "web" });
  const bearer = await token(sandbox().assumeRole(target.roleName));
  const path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
  const { status, body } = await kube("POST", path, { body: { spec: { namespace } }, token: bearer });
  expect(status).toBe(201);
  const rules: readonly Rule[] = body.status.resourceRules;
  return rules
    .flatMap(linesOf)
    .filter((line) => !/selfsubject/.test(line))
    .sort();
}

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
}
const linesOf = ({ verbs, apiGroups, resources, resourceNames = [""] }: Rule): readonly string[] =>
  verbs.flatMap((verb) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => resourceNames.map((name) => `${verb} ${resource}.${group} ${name}`)),
    ),
  );

const declared = (needs: readonly Need[], namespace: string): readonly string[] =>
  [
    ...new Set(
      placedNeeds(needs, "default")
        .filter((need) => need.cluster || need.namespace === namespace)
        .flatMap(({ verbs, group, resource, names }) =>
          linesOf({ verbs, apiGroups: [group], resources: [resource], ...(names && { resourceNames: names }) }),
        ),
    ),
  ].sort();

const listed = async (plural: string): Promise<readonly string[]> =>
  (await kube("GET", `/apis/rbac.authorization.k8s.io/v1/${plural}`)).body.items
    .filter(({ metadata }: { metadata: { labels?: object } }) => "eks-lambda/owner" in (metadata.labels ?? {}))
    .map(({ metadata }: { metadata: { namespace?: string } }) => metadata.namespace ?? "*")
    .sort();
const all = async () => Promise.all(["roles", "rolebindings", "clusterroles", "clusterrolebindings"].map(listed));

describe("rights in several namespaces and in the cluster", () => {
  const needs = ["get,list pods", "patch deployments.apps web @kube-public", "list nodes @*"];

  test("have a Role in each, a ClusterRole, and go with teardown", async () => {
    expect(await changing(entry(...needs))).toEqual([
      "create rbac default/role/NAME",
      "create rbac kube-public/role/NAME",
      "create rbac clusterrole/NAME",
      "create rbac default/rolebinding/NAME",
      "create rbac kube-public/rolebinding/NAME",
      "create rbac clusterrolebinding/NAME",
    ]);
    await apply("present", entry(...needs));
    expect(await changing(entry(...needs))).toEqual([]);
    expect(await all()).toEqual([["default", "kube-public"], ["default", "kube-public"], ["*"], ["*"]]);
    expect(await allowed("kube-public")).toEqual(["list nodes. ", "patch deployments.apps web"]);
    await apply("absent", { name: "web" });
    expect(await all()).toEqual([[], [], [], []]);
  });

  test("go with teardown when the stack is lost", async () => {
    await apply("present", entry(...needs));
    const { target } = await contextOf("absent", { name: "web" });
    await ports().cloudformation.deleteStack(target.found?.id ?? "", undefined);
    await vi.waitFor(async () => expect((await contextOf("absent", { name: "web" })).target.found).toBeUndefined());
    await apply("absent", { name: "web" });
    expect(await all()).toEqual([[], [], [], []]);
  });
});

describe("a run with other needs", () => {
  test("adds first, and takes back what is needed no more at last", async () => {
    await apply("present", entry("get,list pods", "create jobs.batch @kube-public"));
    const next = entry("get pods", "get configmaps", "list nodes @*");
    expect(await changing(next)).toEqual([
      "update rbac default/role/NAME",
      "create rbac clusterrole/NAME",
      "create rbac clusterrolebinding/NAME",
      "update rbac default/role/NAME, late",
      "delete rbac kube-public/role/NAME, late",
      "delete rbac kube-public/rolebinding/NAME, late",
    ]);
    const planned = await plan("present", next);
    expect(planned.map(({ change }) => change.step)[0]).toBe("rbac");
    const early = planned.find(({ change }) => change.target.startsWith("default/role/"))?.change;
    expect(early?.after).toMatch(/^get configmaps\nget,list pods\nowner/);
    for (const { apply, late } of planned) if (!late) await apply?.(() => {});
    expect(await allowed("default")).toEqual(["get configmaps. ", "get pods. ", "list nodes. ", "list pods. "]);
    for (const { apply, late } of planned) if (late) await apply?.(() => {});
    expect(await allowed("default")).toEqual(["get configmaps. ", "get pods. ", "list nodes. "]);
    expect(await all()).toEqual([["default"], ["default"], ["*"], ["*"]]);
    expect(await changing(next)).toEqual([]);
  });

  test("in another order changes nothing", async () => {
    await apply("present", entry("get pods", "create jobs.batch"));
    expect(await changing(entry("create jobs.batch", "get pods"))).toEqual([]);
  });

  test("that was killed before it took back the old rights is finished by the next", async () => {
    await apply("present", entry("get pods", "create jobs.batch @kube-public"));
    for (const { apply, late } of await plan("present", entry("list pods"))) if (!late) await apply?.(() => {});
    await apply("present", entry("list pods"));
    expect(await allowed("default")).toEqual(["list pods. "]);
    expect(await all()).toEqual([["default"], ["default"], [], []]);
  });

  test("has no bindings of its own stack in its way, wherever they are", async () => {
    await apply("present", entry("get pods", "get pods @kube-public"));
    await apply("present", { ...entry("get pods @kube-system"), namespace: "kube-system" });
    expect(await all()).toEqual([["kube-system"], ["kube-system"], [], []]);
  });

  test("replaces the stock function, whose rights go", async () => {
    await apply("present", { name: "web" });
    await apply("present", entry("get pods"));
    expect(await allowed("default")).toEqual(["get pods. "]);
  });
});

test.each([
  ["Secrets", "list secrets", "it reads Secrets"],
  ["RBAC", "create rolebindings.rbac.authorization.k8s.io", "it can give rights to itself"],
  ["Pods' commands", "create pods/exec", "it can run commands in Pods"],
  ["nodes", "get nodes/proxy @*", "past admission and the audit log"],
  ["everything", "get *.apps", "`*` also includes what is added to the cluster later"],
  ["another namespace", "get pods @kube-public", "the function acts in the namespace kube-public, too"],
])("the plan warns of rights that reach %s", async (_, need, expected) => {
  const warnings = (await changes("present", entry("get pods", need))).flatMap(({ warnings = [] }) => warnings);
  expect(warnings).toContainEqual(expect.stringContaining(expected));
});

test("the plan does not say that a function acts in its own namespace, too, if it has no right there", async () => {
  const warnings = (await changes("present", entry("get pods @kube-public"))).flatMap(({ warnings = [] }) => warnings);
  expect(warnings).not.toContainEqual(expect.stringContaining("not only in its own"));
});

describe("an entry that declares nothing", () => {
  test("needs --allow once, and the stack keeps it until the code declares its rights", async () => {
    expect(await refusalOf(plan("present", silent()))).toMatchObject({ code: "RightsNotDeclared" });
    await apply("present", silent(["get pods"]));
    expect(await changing(silent())).toEqual([]);
    await apply("present", silent(["list pods"]));
    expect(await allowed("default")).toEqual(["list pods. "]);
    await apply("present", entry("get pods"));
    expect(await refusalOf(plan("present", silent()))).toMatchObject({ code: "RightsNotDeclared" });
  });

  test("is refused where both declare rights", async () => {
    const { program } = entry("get pods");
    const both = { name: "web", program: { ...program, needs: needsOf(["list pods"]) } };
    expect(await refusalOf(plan("present", both))).toMatchObject({ code: "RightsDeclaredTwice" });
  });
});

test("a stack of an entry is not replaced by the stock function", async () => {
  await apply("present", entry("get pods"));
  expect(await refusalOf(plan("present", { name: "web" }))).toMatchObject({
    code: "EntryNeeded",
    hint: "add --entry src/web.ts; for one more function choose another --name",
  });
});

test("more rights than a stack can keep are refused before anything is written", async () => {
  const names = Array.from({ length: 100 }, (_, at) => `a-configmap-with-a-long-name-${at}`).join(" ");
  const many = entry(`get configmaps ${names}`, `get secrets ${names}`);
  expect(await refusalOf(plan("present", many))).toMatchObject({ code: "TooManyRights" });
});

const verbs = fc.uniqueArray(fc.constantFrom("get", "list", "watch", "create", "patch", "delete"), { minLength: 1 });
const resources = fc.constantFrom(
  "pods",
  "pods/log",
  "configmaps",
  "deployments.apps",
  "jobs.batch",
  "deployments.apps/scale",
);
const where = fc.constantFrom("", " @default", " @kube-public", " @*");
const names = fc.constantFrom("", "", " web", " web api");
const declaration = fc.array(
  fc.tuple(verbs, resources, names, where).map(([v, r, n, w]) => parseNeed(`${v.join(",")} ${r}${n}${w}`)),
  { minLength: 1, maxLength: 6 },
);

test.each(fc.sample(declaration, { numRuns: 10 }).map((needs) => [needs.map(formatNeed).join("; "), needs] as const))(
  "the cluster allows exactly %s",
  async (_, needs) => {
    await apply("present", entry("get secrets", "list nodes @*"));
    await apply("present", entry(...needs.map(formatNeed)));
    for (const namespace of ["default", "kube-public", "kube-system"])
      expect([...new Set(await allowed(namespace))]).toEqual(declared(needs, namespace));
  },
);
