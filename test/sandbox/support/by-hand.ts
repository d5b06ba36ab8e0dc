/** Applies an export without setup: the template by CloudFormation's API, the rest by the API server's. */
import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  CreateChangeSetCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
} from "@aws-sdk/client-cloudformation";
import { expect, vi } from "vitest";
import { parseAllDocuments } from "yaml";
import type { ExportedFile, ExportPath } from "../../../src/core/export/folder.ts";
import type { useSandbox } from "./sandbox.ts";
import { awsAuth, configMaps } from "./sandbox.ts";

type Files = readonly ExportedFile[];

export const textOf = (files: Files, path: ExportPath): string | undefined =>
  files.find((file) => file.path === path)?.text;

/** As `sam deploy` reads samconfig.toml. */
const valuesIn = (config: string, key: string): readonly (readonly [string, string])[] => {
  const [, list = ""] = new RegExp(`^${key} = \\[\\n(.*?)^\\]`, "ms").exec(config) ?? [];
  return [...list.matchAll(/^ {2}'"?([^"=\n]+)"?="(.*)"',$/gm)].map(([, name = "", value = ""]) => [name, value]);
};

export async function deployByHand(config: CloudFormationClientConfig, files: Files): Promise<void> {
  const client = new CloudFormationClient(config);
  const [template = "", samConfig = "", code] = (
    ["template.yml", "samconfig.toml", "dist/function/index.js"] as const
  ).map((path) => textOf(files, path));
  const [, StackName] = /^stack_name = '(.*)'$/m.exec(samConfig) ?? [];
  await client.send(
    new CreateChangeSetCommand({
      ...{ StackName, ChangeSetName: "by-hand", ChangeSetType: "CREATE", Capabilities: ["CAPABILITY_NAMED_IAM"] },
      TemplateBody: template.replace("CodeUri: dist/function", () => `InlineCode: ${JSON.stringify(code)}`),
      Parameters: valuesIn(samConfig, "parameter_overrides").map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
      Tags: valuesIn(samConfig, "tags").map(([Key, Value]) => ({ Key, Value })),
    }),
  );
  await client.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName: "by-hand" }));
  await vi.waitFor(
    async () => {
      const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
      expect(Stacks?.[0]?.StackStatus).toBe("CREATE_COMPLETE");
    },
    { timeout: 60_000 },
  );
}

interface RbacObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export const objectsIn = (files: Files): readonly RbacObject[] =>
  parseAllDocuments(textOf(files, "rbac.yaml") ?? "").map((document) => document.toJS());

export async function applyByHand(kube: ReturnType<typeof useSandbox>["kube"], files: Files): Promise<void> {
  for (const object of objectsIn(files)) {
    const { namespace } = object.metadata;
    const place = namespace === undefined ? "" : `namespaces/${namespace}/`;
    const path = `/apis/rbac.authorization.k8s.io/v1/${place}${object.kind.toLowerCase()}s`;
    expect((await kube("POST", path, { body: object })).status).toBe(201);
  }
  const [entry] = /^- rolearn: .*\n {2}username: .*\n/m.exec(textOf(files, "aws-auth.txt") ?? "") ?? [];
  if (!entry) return;
  expect((await kube("POST", configMaps, { body: awsAuth({ mapRoles: entry }) })).status).toBe(201);
  const [, key, value] =
    / kubectl annotate configmap aws-auth .* (\S+)=(\S+)$/m.exec(textOf(files, "aws-auth.txt") ?? "") ?? [];
  if (key === undefined) return;
  const body = { metadata: { annotations: { [key]: value } } };
  const answer = await kube("PATCH", `${configMaps}/aws-auth`, { body, type: "application/merge-patch+json" });
  expect(answer.status).toBe(200);
}
