/** Whatever is in a value, the files of an export have exactly the objects and values that they are for. */
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { command } from "../../../../src/core/command.ts";
import { grantExport } from "../../../../src/core/export/grant.ts";
import { samConfig } from "../../../../src/core/export/sam-config.ts";
import { awsAuthFile, rbacFile } from "../../../../src/core/export/texts.ts";
import { yamlText } from "../../../../src/core/export/yaml-text.ts";
import { readRoles } from "../../../../src/core/mapping/aws-auth/text.ts";
import { rolesAsYaml } from "../../../../src/core/permissions/cluster.ts";
import { injected, hostileText as text } from "../../../support/hostile-text.ts";
import { textOf } from "../../support/by-hand.ts";
import { useGrant } from "../../support/grant-in-process.ts";
import { awsAuth, configMaps } from "../../support/sandbox.ts";

/** As kubectl and SAM read it, whose YAML is 1.1, and as others do. */
const versions = ["1.1", "1.2"] as const;
const documentsIn = (yaml: string, version: (typeof versions)[number]): readonly unknown[] =>
  parseAllDocuments(goLines(yaml), { version }).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });

/** Go's YAML ends a line at these, too. */
const goLines = (yaml: string): string => yaml.replace(/\r\n?|[\u0085\u2028\u2029]/g, "\n");

test("rbac.yaml has these objects, and nothing else", () =>
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 3 }),
      fc.array(fc.dictionary(text.filter(Boolean), fc.oneof(text, fc.array(text))), { maxLength: 3 }),
      (about, data) => {
        const objects = data.map((one) => ({ kind: "Role", metadata: { name: "x", annotations: one } }));
        const file = rbacFile(about, objects);
        expect(file.text.split("\n").slice(0, about.length)).toEqual(about.map(() => expect.stringMatching(/^#/)));
        const [first, ...others] = versions.map((version) =>
          documentsIn(file.text, version).filter((one) => one !== null),
        );
        expect(first).toEqual(objects);
        for (const other of others) expect(other).toEqual(first);
      },
    ),
  ));

test("a template has these values", () =>
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom("Description", "Username", "PrincipalArn"), text), (values) => {
      for (const version of versions) expect(parse(goLines(yamlText(values)), { version })).toEqual(values);
    }),
  ));

/** Reads TOML strictly: only what samconfig.toml needs. */
function tomlIn(toml: string): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  expect(toml).not.toMatch(/[^\P{Cc}\n\t]/u);
  const string = /^(?:'([^'\n]*)'|"((?:[^"\\]|\\(?:["\\bfnrt]|u[0-9a-f]{4}))*)")/;
  const value = (at: string): readonly [value: string, rest: string] => {
    const [whole = "", literal, basic] = string.exec(at) ?? [];
    expect(whole, at).not.toBe("");
    return [literal ?? JSON.parse(`"${basic}"`), at.slice(whole.length)];
  };
  const lines = toml.split("\n");
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (/^(#.*|\[[\w.]+\]|)$/.test(line)) continue;
    const [, key = "", rest = ""] = /^(\w+) = (.*)$/.exec(line) ?? [];
    if (/^(true|0\.1)$/.test(rest)) found[key] = rest;
    else if (rest === "[") {
      const list: string[] = [];
      for (line = lines.shift(); line !== "]"; line = lines.shift()) {
        const [item, end] = value((line ?? "").trimStart());
        expect(end).toBe(",");
        list.push(item);
      }
      found[key] = list;
    } else {
      const [single, end] = value(rest);
      expect([key !== "", end]).toEqual([true, ""]);
      found[key] = single;
    }
  }
  return found;
}

/** As the SAM CLI reads `NAME="VALUE"`: samcli/cli/types.py, `_unquote_wrapped_quotes`. */
const samRead = (override: string): readonly (string | undefined)[] => {
  const [, name, value] = /^(\w+)="((?:\\.|[^"\\])*)"$/s.exec(override) ?? [];
  return [name, value?.replaceAll("\\ ", " ").replaceAll('\\"', '"')];
};

test("samconfig.toml has these values, and no other keys", () =>
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 3 }),
      fc.tuple(
        ...[text, text, text],
        // A parameter has no backslash: the rules in parameters/settings.ts.
        text.map((value) => value.replaceAll("\\", "")),
      ),
      (about, [stack, region, roleArn, value]) => {
        const config = samConfig({ about, stack, region, roleArn, parameters: { Name: value }, tags: {} });
        const { parameter_overrides: overrides, ...found } = tomlIn(config);
        expect(found).toEqual({
          ...{ version: "0.1", stack_name: stack, region, confirm_changeset: "true", role_arn: roleArn },
        });
        expect((overrides as readonly string[]).map(samRead)).toEqual([["Name", value]]);
      },
    ),
  ));

describe("aws-auth.txt", () => {
  const fileOf = (username: string, cluster: string) =>
    awsAuthFile({
      ...{ rolearn: "arn:aws:iam::111122223333:role/ci", username, cluster, region: "us-east-1" },
      mark: ["eks-lambda/grant-0", cluster],
      proof: command`eks-lambda doctor --cluster ${cluster}`,
    }).text;

  test("has one entry, and its commands run nothing else", () =>
    fc.assert(
      fc.property(text.filter(Boolean), text, (username, cluster) => {
        const lines = fileOf(username, cluster).split("\n");
        const entry = lines.slice(lines.findIndex((line) => line.startsWith("- rolearn:"))).slice(0, 2);
        expect(readRoles(`${entry.join("\n")}\n`)).toMatchObject([{ username, groups: [] }]);
        expect(lines).toHaveLength(fileOf("ci", "demo").split("\n").length);
        const commands = lines.filter((line) => line.startsWith("     "));
        expect(commands).toHaveLength(5);
        execFileSync("/bin/sh", ["-n"], { input: `${commands.join("\n")}\n` });
      }),
      { numRuns: 50 },
    ));
});

test("the Roles of `permissions` are read as they are meant", () =>
  fc.assert(
    fc.property(text.filter(Boolean), fc.constantFrom("on", "yes", "null", "shop"), (resource, namespace) => {
      const rules = [{ apiGroups: [""], resources: [resource], verbs: ["get"], resourceNames: [resource] }];
      for (const version of versions)
        expect(documentsIn(rolesAsYaml([{ name: "a", namespace, rules }]), version)).toMatchObject([
          { metadata: { namespace }, rules },
        ]);
    }),
  ));

describe("a grant to a role that others mapped", () => {
  const used = useGrant({ authenticationMode: "CONFIG_MAP" });
  const { kube, plan } = used;

  test("binds that user alone, whatever its name is", async () => {
    const mapRoles = `- rolearn: ${used.roleArn()}\n  username: ${JSON.stringify(injected)}\n`;
    expect((await kube("POST", configMaps, { body: awsAuth({ mapRoles }) })).status).toBe(201);
    const { context, wish } = await plan(["get pods @default"]);
    const { files } = await grantExport(context, wish, "kubectl");
    const objects = documentsIn(textOf(files, "rbac.yaml") ?? "", "1.1").filter((one) => one !== null);
    expect(objects).toMatchObject([
      { kind: "Role" },
      { kind: "RoleBinding", subjects: [{ kind: "User", name: injected }] },
    ]);
  });
});
