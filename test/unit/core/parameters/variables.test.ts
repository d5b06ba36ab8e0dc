import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  edited,
  looksSecret,
  readEdits,
  refuseTooLarge,
  secretWarnings,
  showVariables,
  variables,
} from "../../../../src/core/parameters/variables.ts";
import { renderTemplate } from "../../../../src/core/stack/template.ts";
import { hostileText } from "../../../support/hostile-text.ts";

const template = readFileSync("template.yml", "utf8");
const read = (body: string) => parse(body, { logLevel: "silent" }).Resources.Function.Properties.Environment.Variables;
const told = (...texts: readonly string[]) => edited({ KEPT: "1", GONE: "2" }, readEdits(texts));

describe("--env", () => {
  test.each([
    ["nothing: as before", [], { KEPT: "1", GONE: "2" }],
    ["sets one", ["TABLE=orders"], { KEPT: "1", GONE: "2", TABLE: "orders" }],
    ["replaces one", ["KEPT=3"], { KEPT: "3", GONE: "2" }],
    ["removes one, and one that is not there", ["GONE-", "NEVER-"], { KEPT: "1" }],
    ["takes = and - in a value", ["A1=x=y-", "B1=-"], { KEPT: "1", GONE: "2", A1: "x=y-", B1: "-" }],
    ["takes an empty value", ["EMPTY="], { KEPT: "1", GONE: "2", EMPTY: "" }],
    ["takes line breaks", ["LINES=a\nb\tc"], { KEPT: "1", GONE: "2", LINES: "a\nb\tc" }],
    ["takes names that YAML reads as truth", ["NO=1", "on=2"], { KEPT: "1", GONE: "2", NO: "1", on: "2" }],
  ])("%s", (_, texts, expected) => expect(told(...texts)).toEqual(expected));

  test.each([
    ["hunter2", "value 1 of --env is not NAME=VALUE"],
    ["DB-PASSWORD=hunter2", 'the name of the variable "DB-PASSWORD" must be a letter'],
    ["_HANDLER=hunter2", 'the name of the variable "_HANDLER" must be'],
    ["A=hunter2", 'the name of the variable "A" must be'],
    ["=hunter2", 'the name of the variable "" must be'],
    ["A-=hunter2", 'the name of the variable "A-" must be'],
    ["AWS_REGION=hunter2", 'the variable "AWS_REGION" is one that Lambda sets'],
    ["AWS_LAMBDA_RUNTIME_API=hunter2", "is one that Lambda sets"],
    ["LAMBDA_TASK_ROOT-", "is one that Lambda sets"],
    ["CLUSTER_CA=hunter2", "is one that setup sets"],
    ["CLUSTER_CA-", "is one that setup sets"],
    ["Ref=hunter2", "CloudFormation reads as a reference"],
    ["Condition=hunter2", "CloudFormation reads as a reference"],
    ["DB={{resolve:secretsmanager:hunter2}}", "CloudFormation would replace by a secret"],
    ["DB=a{{Resolve:ssm-secure:hunter2}}", "CloudFormation would replace by a secret"],
    ["DB=hunter2\u001b[1A", "a control character"],
    ["DB=hunter2\r", "a control character"],
    ["DB=hunter2\ud800", "a control character"],
    ["DB=hunter2\ufffe", "a control character"],
  ])("refuses %j, and shows no value", (text, message) => {
    const refused = () => readEdits(["OTHER=1", text].slice(text.startsWith("hunter") ? 1 : 0));
    expect(refused).toThrowError(
      expect.objectContaining({
        name: "UsageError",
        code: "InvalidVariable",
        message: expect.stringContaining(message),
      }),
    );
    try {
      refused();
    } catch (error) {
      expect(JSON.stringify([(error as Error).message, (error as { hint?: string }).hint])).not.toContain("hunter2");
    }
  });

  test("refuses a name that is given twice", () =>
    expect(() => readEdits(["TABLE=a", "TABLE-"])).toThrow('--env has "TABLE" twice'));
});

test("what the template sets is refused, and nothing else of it", () =>
  Object.keys(read(template)).forEach((name) => {
    expect(() => readEdits([`${name}=1`])).toThrow(`the variable "${name}" is one that setup sets`);
  }));

test("any value that is not refused is the function's, literally, and the stack's", () => {
  const value = fc.oneof(
    hostileText,
    fc.constantFrom(`\${AWS::AccountId}`, "!Ref ClusterCa", '{"Ref":"ClusterCa"}', "$&$1$`", "{{resolve", "*a", "# b"),
    fc.string({ unit: "grapheme" }),
  );
  const isTaken = (text: string) => {
    try {
      readEdits([`NAME=${text}`]);
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^X[A-Za-z0-9_]{1,6}$/), value.filter(isTaken)), (env) => {
      const { body } = renderTemplate(template, "code", { env });
      expect(read(body)).toMatchObject(env);
      expect(Object.keys(read(body))).toHaveLength(Object.keys(env).length + Object.keys(read(template)).length);
      expect(body).toMatch(/^[\n -~]*$/);
      const kept = variables.write(env);
      expect(kept).toMatch(/^[ -~\ud800-\udfff]*$/);
      expect(variables.parse(kept)).toEqual(env);
    }),
    { numRuns: 200 },
  );
});

test.each([
  '{"CLUSTER_ENDPOINT":"https://evil"}',
  '{"A-B":"1"}',
  '{"TABLE":1}',
  '{"DB":"{{resolve:ssm:x}}"}',
  "[]",
  "1",
  "null",
  "{",
  "hunter2",
  '{"A1":"hunter2"',
])("a stack that keeps %s is refused, and no value of it is shown", (text) =>
  expect(() => variables.parse(text)).toThrowError(
    expect.objectContaining({ code: "InvalidVariable", message: expect.not.stringMatching(/hunter2|evil|ssm/) }),
  ),
);

test("the hash of template and code is the same for other variables", () =>
  expect(renderTemplate(template, "code", { env: { TABLE: "orders" } }).hash).toBe(
    renderTemplate(template, "code").hash,
  ));

describe("Lambda's 4 KB", () => {
  const own = { CLUSTER_CA: "c".repeat(1_500) };
  const room = 4_096 - Buffer.byteLength(JSON.stringify({ ...own, LONG: "" }));

  test.each([
    ["fits", "x".repeat(room), true],
    ["does not", "x".repeat(room + 1), false],
    ["counts bytes", "ä".repeat(room / 2 + 1), false],
  ])("%s", (_, LONG, fits) => {
    const check = () => refuseTooLarge({ LONG }, own);
    if (fits) expect(check).not.toThrow();
    else
      expect(check).toThrow(/take \d+ bytes, more than the 4096 that Lambda takes; those that setup sets take 15\d\d$/);
  });

  test("are the cluster's concern alone where nobody gave variables", () =>
    expect(() => refuseTooLarge({}, { CLUSTER_CA: "c".repeat(5_000) })).not.toThrow());
});

describe("what looks like a secret", () => {
  test.each([
    ["DB_PASSWORD", "x"],
    ["dbPassword", "x"],
    ["API_KEY", "x"],
    ["APIKEY", "x"],
    ["SIGNING_KEY_2", "x"],
    ["GITHUB_TOKEN", "x"],
    ["CLIENT_SECRET", "x"],
    ["PLAIN", `AKIA${"A".repeat(16)}`],
    ["PLAIN", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc"],
    ["PLAIN", "-----BEGIN RSA PRIVATE KEY-----\nMII"],
    ["PLAIN", "postgres://user:pass@db/x"],
    ["PLAIN", `ghp_${"a".repeat(36)}`],
    ["DB_NAME", `ASIA${"A".repeat(16)}`],
  ])("%s=%s is warned of, and not shown", (name, value) => {
    expect(looksSecret(name, value)).toBe(true);
    expect(secretWarnings({ [name]: value }).join()).toContain("--env DB_SECRET_ARN=arn:… --policy policy.json");
    expect(showVariables({ [name]: value }, {})).toEqual([`env ${name}: (not shown)`]);
    expect(showVariables({ [name]: value }, { [name]: "other" })).toEqual([`env ${name}: (not shown, another value)`]);
  });

  test.each([
    ["DB_SECRET_ARN", "arn:aws:secretsmanager:us-east-1:111122223333:secret:db"],
    ["DB_PASSWORD", "arn:aws:secretsmanager:us-east-1:111122223333:secret:db"],
    ["SECRET_NAME", "db"],
    ["KEYSPACE", "shop"],
    ["MONKEY", "1"],
    ["PRIMARY_KEY", ""],
    ["TABLE", "orders"],
    ["URL", "https://example.com/a@b"],
  ])("%s=%s is not", (name, value) => {
    expect(looksSecret(name, value)).toBe(false);
    expect(showVariables({ [name]: value })).toEqual([`env ${name}: ${JSON.stringify(value)}`]);
  });
});
