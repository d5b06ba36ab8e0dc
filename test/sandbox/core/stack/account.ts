/** The stack of template.yml in the sandbox's account, by the real port to CloudFormation. */
import { readFile } from "node:fs/promises";
import { beforeEach, vi } from "vitest";
import {
  type CloudFormation,
  cloudformation,
  type Pairs,
  type Stack,
} from "../../../../src/core/aws/cloudformation.ts";
import { type Deployment, deployStack } from "../../../../src/core/stack/deploy.ts";
import { renderTemplate } from "../../../../src/core/stack/template.ts";
import type { Sandbox } from "../../../../src/sandbox/index.ts";
import { testClock } from "../../../support/clock.ts";

const file = await readFile(new URL("../../../../template.yml", import.meta.url), "utf8");
export const { body: template } = renderTemplate(file, "exports.handler = async () => {};");

/** The template with one more resource, as someone else may deploy it. */
export const withBucket = template.replace("\nResources:\n", '\nResources:\n  Bucket: { Type: "AWS::S3::Bucket" }\n');

/** The same with more log groups than CloudFormation lists at once. */
export const crowded = template.replace(
  "\nResources:\n",
  `\nResources:\n${Array.from({ length: 120 }, (_, n) => `  Log${n}: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: /log/${n} } }\n`).join("")}`,
);

/** What setup deploys where nothing is said. */
export const parameters: Pairs = {
  ...{ ClusterName: "demo", ClusterEndpoint: "https://demo.example", ClusterCa: "Y2E=", ClusterNamespace: "default" },
  ...{ FunctionName: "demo-function", RoleName: "demo-role", KubernetesUsername: "lambda", RbacName: "creators" },
  ...{
    Access: "auto",
    MapByAccessEntry: "false",
    SubnetIds: "",
    SecurityGroupIds: "",
    VpcId: "",
    ClusterSecurityGroupId: "",
  },
  ...{
    PermissionsBoundary: "",
    LogRetentionDays: "30",
    ContentHash: "1",
    CodeBucket: "",
    CodeKey: "",
    ExportName: "",
    Variables: "",
    Policy: "",
  },
  ...{
    Name: "",
    Version: "1.0.0",
    Entry: "",
    Needs: "create deployments.apps",
    Allow: "",
    AllowImage: "",
    EarlierMappings: "",
  },
  ...{ MemorySize: "256", Timeout: "30", Architecture: "arm64", ReservedConcurrency: "", RolePath: "/" },
  ...{ MaximumEventAgeInSeconds: "", MaximumRetryAttempts: "" },
};

type Call = keyof CloudFormation;
/** What someone else does right before the first such call. */
export type Meddling = Partial<Record<Call, () => Promise<unknown>>>;

/** CloudFormation of the sandbox, in which someone else may be faster. */
function meddled(port: CloudFormation, meddling: Meddling): CloudFormation {
  const left = new Map(Object.entries(meddling));
  const wrapped = Object.entries(port).map(([name, call]) => [
    name,
    async (...args: readonly never[]) => {
      const act = left.get(name);
      left.delete(name);
      await act?.();
      return call(...args);
    },
  ]);
  return Object.fromEntries(wrapped);
}

export function useAccount(sandbox: () => Sandbox) {
  const waited: string[] = [];
  beforeEach(() => {
    for (const [name, value] of Object.entries(sandbox().env)) vi.stubEnv(name, value);
    vi.stubEnv("AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED", "true");
    waited.length = 0;
  });
  const port = (meddling: Meddling = {}) => meddled(cloudformation({ region: sandbox().region }), meddling);
  const ports = (meddling?: Meddling) => ({ cloudformation: port(meddling), clock: testClock(Date.now()) });
  const now = (): Promise<Stack | undefined> => port().stack("demo");
  const waiting = (what: string) => waited.push(what);
  return {
    ...{ port, ports, now, waited, waiting },
    /** As setup does it after it has read the stack; `parameters` are what differs. */
    async deploy(changes: Pairs = {}, { meddling, ...more }: Partial<Deployment> & { meddling?: Meddling } = {}) {
      const deployment = {
        ...{ stack: "demo", template, parameters: { ...parameters, ...changes }, tags: {}, roleArn: undefined },
        ...{ planned: await now(), ...more },
      };
      await deployStack(ports(meddling), deployment, waiting);
    },
    /** The calls of CloudFormation that write, since the beginning. */
    writes: (): readonly string[] =>
      sandbox()
        .requests.map(({ action }) => action.replace("cloudformation:", ""))
        .filter((action) => /^(Create|Execute|Delete)/.test(action)),
  };
}
