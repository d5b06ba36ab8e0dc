/** One table says what an authentication mode and a method mean, so that the compiler shows where a new one is missing. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, expectTypeOf, test } from "vitest";
import { chooseAccess } from "../../../../src/core/mapping/choose.ts";
import { type Method, type Mode, methods, modeNames, modeOf, modes } from "../../../../src/core/mapping/modes.ts";
import type { AccessChoice } from "../../../../src/core/setup/config.ts";

/** The files that know modes or methods by name, and why. */
const knowing = { "src/core/mapping/modes.ts": "the tables", "src/core/aws/eks.ts": "the words of EKS" };
/** A flag as it was typed, and the name of a step. */
const others = ['all.access === "aws-auth"', 'step !== "aws-auth"'];

const sources = (): readonly (readonly [path: string, source: string])[] =>
  ["src/core", "src/cli"]
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => join(folder, name)),
    )
    .filter((path) => !Object.hasOwn(knowing, path))
    .map((path) => [path, readFileSync(path, "utf8")]);

/** Names of modes, and comparisons with a method. */
function namedIn(source: string): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isText = ts.isStringLiteralLike(node);
    if (isText && Object.hasOwn(modes, node.text)) found.push(node.getText());
    if (isText && Object.hasOwn(methods, node.text)) {
      const { parent } = node;
      const isCompared =
        (ts.isBinaryExpression(parent) && /^[!=]==$/.test(parent.operatorToken.getText())) || ts.isCaseClause(parent);
      if (isCompared && !others.includes(parent.getText())) found.push(parent.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("x.ts", source, ts.ScriptTarget.Latest, true));
  return found;
}

describe("modes and methods", () => {
  test("are compared nowhere else", () =>
    expect(sources().flatMap(([path, source]) => namedIn(source).map((text) => `${path}: ${text}`))).toEqual([]));

  test.each([
    'if (mode !== "API") return;',
    "const mode = given ?? `CONFIG_MAP`;",
    'access.method === "aws-auth" ? 1 : 2',
    'switch (method) { case "access-entry": return 1; }',
  ])("would be found in %s", (source) => expect(namedIn(source)).toHaveLength(1));

  test("have a complete table, or do not compile", () => {
    const { API, ...withoutApi } = modes;
    // @ts-expect-error: a mode without its row
    withoutApi satisfies typeof modes;
    const { "aws-auth": awsAuth, ...withoutAwsAuth } = methods;
    // @ts-expect-error: a method without its row
    withoutAwsAuth satisfies typeof methods;
    expectTypeOf(API).toExtend<Mode>();
    expectTypeOf<Exclude<AccessChoice, "auto">>().toEqualTypeOf<Method>();
    expect(awsAuth).toBe(methods["aws-auth"]);
  });
});

describe("a mode", () => {
  test.each(modeNames)("%s reads what its method needs", (mode) => {
    const { method } = modeOf(mode);
    expect(modeOf(mode)[methods[method].needs]).toBe(true);
  });

  test("that this version does not know is looked at everywhere", () =>
    expect(modeOf("LATER" as "API")).toEqual({ readsEntries: true, readsAwsAuth: true, method: "access-entry" }));
});

const choices: readonly AccessChoice[] = ["auto", "access-entry", "aws-auth"];

describe("the choice of a method", () => {
  const all = modeNames.flatMap((mode) =>
    [undefined, ...choices].flatMap((access) =>
      ["", ...choices].flatMap((remembered) =>
        [false, true].map((enableAccessEntries) => ({ mode, access, remembered, enableAccessEntries })),
      ),
    ),
  );
  const chosen = ({ mode, ...wanted }: (typeof all)[number]) => {
    try {
      return chooseAccess(mode, "demo", wanted);
    } catch (error) {
      return (error as Error).message;
    }
  };

  test.each(all)("in $mode, with --access $access, $remembered before, enabling: $enableAccessEntries", (one) => {
    const access = chosen(one);
    const { mode, access: given, remembered, enableAccessEntries } = one;
    const reads = modeOf(mode);
    const isChanged = enableAccessEntries && mode === "CONFIG_MAP";
    if (typeof access === "string") {
      const what = given === "aws-auth" ? "it does not read aws-auth" : "it does not support access entries";
      expect(access).toBe(`the cluster "demo" has authentication mode ${mode}: ${what}`);
      expect(isChanged || reads[methods[given as Method].needs]).toBe(false);
      return;
    }
    expect(access).toMatchObject({ readsEntries: reads.readsEntries, readsAwsAuth: reads.readsAwsAuth });
    expect(access.enable).toBe(isChanged && given !== "aws-auth");
    expect(access.enable || reads[methods[access.method].needs]).toBe(true);
    if (given !== undefined && given !== "auto") expect(access).toMatchObject({ method: given, reason: "--access" });
    else if (access.reason === "as before")
      expect([given, isChanged, access.method]).toEqual([undefined, false, remembered]);
    else expect(access.reason).toBe(`authentication mode ${isChanged ? "API_AND_CONFIG_MAP" : mode}`);
  });
});
