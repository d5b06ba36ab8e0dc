import { describe, expect, test } from "vitest";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import { exportRefusal, refuseExport } from "../../../../src/core/stack/exports.ts";

const place = { stack: "ours", region: "eu-west-1" };
const named = (ExportName: string, FunctionName = "f") => ({ ExportName, FunctionName });
const answering = (name: string, Allow = "apply:pods; delete:pods") => ({ ...named(name), Allow });
const idOf = (stack: string) => `arn:aws:cloudformation:eu-west-1:111122223333:stack/${stack}/1a2b`;
const forbidden = new EksLambdaError("AwsForbidden", "the caller may not call it");

/** An account in which stacks import `used`, and `others` exports `theirs`. Keeps what it is asked. */
function account() {
  const asked: string[] = [];
  const stacks: Readonly<Record<string, string>> = { theirs: idOf("others"), mine: idOf("ours") };
  return {
    asked,
    importers: async (name: string) => {
      asked.push(`imports ${name}`);
      if (name === "secret") throw forbidden;
      return name === "used" ? ["a", "b", "c", "d"] : [];
    },
    exporter: async (name: string) => {
      asked.push(`exports ${name}`);
      if (name === "secret") throw forbidden;
      return stacks[name];
    },
  };
}

test.each([
  ["no export, and none wanted", undefined, named(""), []],
  ["a stack of a version without exports", { FunctionName: "f" }, named(""), []],
  ["an export that stays", named("used"), named("used"), []],
  ["a first export", undefined, named("web"), ["exports web"]],
  ["a name that our own stack has", named(""), named("mine"), ["exports mine"]],
  ["another name", named("unused"), named("web"), ["imports unused", "exports web"]],
  ["an export that goes", named("unused"), named(""), ["imports unused"]],
  ["a stack that goes", named("unused"), undefined, ["imports unused"]],
  ["another function", named("unused"), named("unused", "g"), ["imports unused"]],
  ["a function that answers stacks no longer", answering("unused"), named("unused"), ["imports unused"]],
  ["more kinds", answering("used"), answering("used", "apply:pods; delete:pods; apply:jobs"), []],
  [
    "names that become a kind",
    answering("used", "apply:pods/a@x; delete:pods"),
    answering("used", "apply:pods@x; delete:pods"),
    [],
  ],
  [
    "fewer kinds, which no stack has",
    answering("unused", "apply:pods; apply:jobs; delete:pods"),
    answering("unused"),
    ["imports unused"],
  ],
  ["a function of the user's in its place", answering("used"), { ...named("used"), Entry: "own.ts" }, []],
  ["a function that never answered", { ...named("used"), Allow: "apply:pods" }, named("used"), []],
])("asks only about what changes: %s", async (_, before, after, asked) => {
  const port = account();
  expect(await refuseExport(port, { ...place, before, after })).toEqual([]);
  expect(port.asked).toEqual(asked);
});

test.each([
  ["the stack goes", undefined, /^delete those stacks first/],
  ["the export goes", named(""), /^keep the export/],
  ["the function is renamed", named("used", "g"), /^keep the function's name/],
])("an export in use is refused when %s", async (_, after, hint) => {
  const refused = refuseExport(account(), { ...place, before: named("used"), after });
  await expect(refused).rejects.toMatchObject({
    code: "ExportInUse",
    message: 'the stack "ours" exports its function as "used", which other stacks import: a, b, c and 1 more',
    hint: expect.stringMatching(hint),
  });
});

test.each([
  ["neither", ""],
  ["only apply", "apply:pods; create:deployments"],
  ["only delete", "delete:pods"],
])("an export in use is refused when the function may %s", async (_, Allow) => {
  const [before, after] = [answering("used"), answering("used", Allow)];
  await expect(refuseExport(account(), { ...place, before, after })).rejects.toMatchObject({
    code: "ExportInUse",
    hint: expect.stringMatching(/^allow both apply and delete/),
  });
});

describe("a function that may do less warns of the stacks that import it", () => {
  const warnings = async (before: string, after: string, more: object = {}, name = "used") =>
    refuseExport(account(), {
      ...place,
      before: answering(name, before),
      after: { ...answering(name, after), ...more },
    });
  const about = (rules: string, who = '"used" (a, b, c and 1 more)') =>
    `no longer allowed: ${rules}; where stacks that import ${who} need them, a change or a deletion fails, and an update that leaves an object out does not delete it`;
  const both = "apply:pods@x; delete:pods@x";

  test.each([
    ["a kind", `${both}; apply:jobs@x; delete:jobs@x; status:jobs@x`, both, "apply:jobs@x, delete:jobs@x"],
    ["a name", `apply:pods/a,b@x; ${both}; apply:jobs/a,b@x`, `${both}; apply:jobs/b@x`, "apply:jobs/a,b@x"],
    ["a namespace", `${both}; apply:pods@y`, both, "apply:pods@y"],
    ["every `get`, which CDK's resources need", `${both}; get:pods@x`, both, "get:pods@x"],
  ])("by %s", async (_, before, after, rules) => expect(await warnings(before, after)).toEqual([about(rules)]));

  test("by a namespace of the function", async () =>
    expect(await warnings("apply:pods; delete:pods", "apply:pods; delete:pods", { ClusterNamespace: "y" })).toEqual([
      about("apply:pods, delete:pods"),
    ]));

  test.each([
    ["more names", `${both}; apply:jobs/a@x`, `${both}; apply:jobs/b,a@x`],
    ["all names", `${both}; apply:jobs/a@x`, `${both}; apply:jobs@x`],
    ["names in two rules", `${both}; apply:jobs/a,b@x`, `${both}; apply:jobs/a@x; apply:jobs/b@x`],
    ["every namespace", both, "apply:pods@*; delete:pods@*"],
    ["one `get` of two", `${both}; get:pods@x; get:jobs@x`, `${both}; get:jobs@x`],
    ["less of another action", `${both}; status:pods@x`, both],
  ])("and not by %s", async (_, before, after) => expect(await warnings(before, after)).toEqual([]));

  test("also if the caller may not ask which", async () =>
    expect(await warnings(`${both}; apply:jobs@x`, both, {}, "secret")).toEqual([
      about("apply:jobs@x", '"secret" (could not ask which: the caller may not call it)'),
    ]));
});

test("a name that another stack has is refused", async () => {
  const refused = refuseExport(account(), { ...place, before: undefined, after: named("theirs") });
  await expect(refused).rejects.toMatchObject({
    code: "ExportNameTaken",
    message: 'another stack, "others", exports a value as "theirs"',
    hint: expect.stringContaining("describe-stacks --stack-name others --region eu-west-1"),
  });
});

test("without the rights to ask there are warnings", async () => {
  const why = "the caller may not call it; if one does, CloudFormation refuses this";
  expect(await refuseExport(account(), { ...place, before: named("secret"), after: named("") })).toEqual([
    `could not check whether another stack imports "secret": ${why}`,
  ]);
  expect(await refuseExport(account(), { ...place, before: named(""), after: named("secret") })).toEqual([
    `could not check whether another stack exports "secret": ${why}`,
  ]);
});

test.each([
  ["Delete canceled. Cannot delete export web as it is in use by a, b and c.", "ExportInUse"],
  ["Cannot update export web as it is in use by a. Rollback requested by user.", "ExportInUse"],
  ["Export web cannot be deleted as it is in use by a and b", "ExportInUse"],
  ["Export with name web is already exported by stack others. Rollback requested by user.", "ExportNameTaken"],
  [`Export with name web is already exported by stack ${idOf("others")}`, "ExportNameTaken"],
  ["Resource handler returned message: the name is in use by another", undefined],
])("CloudFormation's words: %s", (reason, code) => {
  const refusal = exportRefusal(reason, { id: idOf("ours"), before: named("web"), after: undefined });
  expect(refusal?.code).toBe(code);
  if (code === "ExportNameTaken") expect(String(refusal?.hint)).toContain("--stack-name others --region eu-west-1");
});
