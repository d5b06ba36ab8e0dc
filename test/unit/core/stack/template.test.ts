import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { codeFor, defaultAllowed } from "../../../../src/core/actions/allowed.ts";
import { actionNames } from "../../../../src/core/actions/names.ts";
import { sha256 } from "../../../../src/core/sha256.ts";
import { renderTemplate } from "../../../../src/core/stack/template.ts";

const template = readFileSync("template.yml", "utf8");
const shipped = readFileSync("dist/function/index.js", "utf8");

/** CloudFormation's own tags mean nothing here. */
const read = (body: string) => parse(body, { logLevel: "silent" });
const codeIn = (body: string): unknown => read(body).Resources.Function.Properties.InlineCode;

describe("template.yml with the function in it", () => {
  test("has the code exactly as it was built, and fits into a request", () => {
    const { body } = renderTemplate(template, shipped);
    expect(codeIn(body)).toBe(shipped);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(51_200);
  });

  test("is otherwise the template, with the code in place of the folder", () => {
    const { InlineCode, ...rest } = read(renderTemplate(template, "code").body).Resources.Function.Properties;
    const { CodeUri, ...given } = read(template).Resources.Function.Properties;
    expect([rest, InlineCode, CodeUri]).toEqual([given, "code", "dist/function"]);
  });

  test("has any code exactly, in ASCII", () => {
    const line = fc.string({
      unit: fc.constantFrom(..."a$&`'\"\\\n\r\t:#{}-% \u0000\u007f\u0080\u0085\u2028\ufeff\ufffeÄ😀"),
    });
    const sameCode = fc.property(line, (code) => {
      const { body } = renderTemplate(template, code);
      expect(codeIn(body)).toBe(code);
      expect(body).toMatch(/^[\n -~]*$/);
    });
    fc.assert(sameCode, { numRuns: 50 });
  });
});

test("in a VPC, the function reaches the API server, and a resolver of the VPC's own", () => {
  const { SecurityGroupEgress } = read(template).Resources.SecurityGroup.Properties;
  const ports = SecurityGroupEgress.map(({ IpProtocol, FromPort, ToPort }: Record<string, unknown>) =>
    [IpProtocol, FromPort, ToPort].join(" "),
  );
  expect(ports).toEqual(["tcp 443 443", "udp 53 53", "tcp 53 53"]);
});

test("what the role may do in EC2 is denied to the function's own code, whose ARN is written out", () => {
  const isEc2 = ({ Action }: { Action: string[] }) => Action.some((action) => action.startsWith("ec2:"));
  const statements = read(template)
    .Resources.FunctionRole.Properties.Policies.flatMap((policy: unknown) => policy)
    .flatMap((policy: { PolicyDocument?: { Statement: [] } }) => policy?.PolicyDocument?.Statement ?? []);
  const [allowed, denied, ...others] = statements.filter(isEc2);
  // GetAtt would make the role depend on the function, which depends on the role.
  const arn = `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:\${FunctionName}`;
  expect([allowed.Effect, others]).toEqual(["Allow", []]);
  expect(denied).toEqual({ ...allowed, Effect: "Deny", Condition: { ArnEquals: { "lambda:SourceFunctionArn": arn } } });
});

describe("the hash", () => {
  const { hash } = renderTemplate(template, "code");

  test("is 16 hexadecimal digits, the same for the same", () => {
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    expect(renderTemplate(template, "code").hash).toBe(hash);
  });

  test.each([
    ["code", template, "code "],
    ["template", template.replace("Default: 256", "Default: 512"), "code"],
  ])("is another for another %s", (_, template, code) => expect(renderTemplate(template, code).hash).not.toBe(hash));
});

/** Text that does not compress. */
const random = (length: number) => randomBytes(length).toString("base64").slice(0, length);

describe("code that is too large for a template", () => {
  const envelope = Buffer.byteLength(renderTemplate(template, "").body);
  const room = 51_200 - envelope;
  const large = `exports.handler = async () => "${"x".repeat(60_000)}";`;

  test("is compressed, and only then", () => {
    const fitting = renderTemplate(template, "x".repeat(room));
    expect([fitting.carried, Buffer.byteLength(fitting.body)]).toEqual(["", 51_200]);
    const code = `${"x".repeat(room - 1)}ä`;
    const { body, carried } = renderTemplate(template, code);
    expect(carried).toBe(`${room + 1} bytes of code, compressed`);
    expect(codeIn(body)).toMatch(/^\/\/ The function, compressed with Brotli/);
  });

  test("leaves the rest of the template as it is, but for the descriptions of the parameters", () => {
    const bodies = ["exports.handler = 1;", large].map((code) => read(renderTemplate(template, code).body));
    for (const { Resources } of bodies) Resources.Function.Properties.InlineCode = "";
    for (const one of Object.values<Record<string, unknown>>(bodies[0].Parameters)) {
      expect(one.Description).toEqual(expect.any(String));
      delete one.Description;
    }
    expect(bodies[1]).toEqual(bodies[0]);
  });

  test("has the hash of the plain code, because Node.js versions compress differently", () => {
    const plain = renderTemplate(template, "MARK").body.replace('"MARK"', () => JSON.stringify(large));
    expect(renderTemplate(template, large).hash).toBe(sha256(plain).slice(0, 16));
  });

  test("may be all actions together", () => {
    const all = readFileSync("dist/actions/index.js", "utf8");
    const [first] = defaultAllowed;
    const allowed = actionNames.split(", ").flatMap((action) => (first ? [{ ...first, action }] : []));
    expect(Buffer.byteLength(renderTemplate(template, codeFor(allowed, all)).body)).toBeLessThan(51_200);
  });

  test("is refused if it does not fit even so", () =>
    expect(() => renderTemplate(template, random(80_000))).toThrowError(
      expect.objectContaining({
        code: "EntryTooLarge",
        message: expect.stringMatching(
          /^the function has 80000 bytes of code, \d+ compressed, and a template has room for \d{5}$/,
        ),
      }),
    ));
});

test("code in a bucket is named by the stack's parameters, under the hash of its ZIP file", () => {
  const code = `exports.handler = "${"x".repeat(300_000)}";`;
  const { body, hash, upload } = renderTemplate(template, code, { bucket: "my-code" });
  expect(read(body).Resources.Function.Properties).toMatchObject({ CodeUri: { Bucket: "CodeBucket", Key: "CodeKey" } });
  expect(upload?.key).toBe(
    `eks-lambda/${createHash("sha256")
      .update(upload?.zip ?? "")
      .digest("hex")}.zip`,
  );
  expect(hash).not.toBe(renderTemplate(template, `${code} `, { bucket: "my-code" }).hash);
});

test("a template without a place for the code is refused", () =>
  expect(() => renderTemplate("Resources: {}", "")).toThrowError(expect.objectContaining({ code: "TemplateUnknown" })));

test("leaves Node's root certificates alone, which layers and extensions need", () =>
  expect(readFileSync("template.yml", "utf8")).not.toMatch(/NODE_OPTIONS|SSL_CERT_FILE/));
