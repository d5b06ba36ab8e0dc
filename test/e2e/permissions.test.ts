/** docs/permissions.md: its policies and rules are enough, and each statement is needed. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect } from "vitest";
import { parseAllDocuments } from "yaml";
import type { Backend } from "../acceptance/backend.ts";
import { createBucket, keepVersions } from "../acceptance/support/aws.ts";
import { make, putAwsAuth, rbac } from "../acceptance/support/cluster.ts";
import { as, credentialsOf } from "../acceptance/support/names.ts";
import {
  actionsOf,
  type Partition,
  partitions,
  policyOf,
  readPage,
  type Statement,
} from "../acceptance/support/policies.ts";
import { repositoryFile, run as runProgram } from "../acceptance/support/run.ts";
import { test, type World } from "../acceptance/support/world.ts";
import { writesOf } from "../acceptance/support/writes.ts";
import type { RealBackend } from "./backend/index.ts";
import { translated } from "./support/translate.ts";

interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}
interface RbacRole {
  readonly kind: "Role" | "ClusterRole";
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly PolicyRule[];
}
const page = await readPage();
/** Rules for setup and teardown, for grant and revoke, and for a caller who may only read. */
const [roles = [], granting = [], reading = []] = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) =>
  parseAllDocuments(text).map((document) => document.toJS() as RbacRole),
);

/** The commands of a pipeline, in order. */
const everything = [
  "setup --yes --no-kubeconfig",
  "setup --yes --no-kubeconfig --log-retention 7",
  "invoke",
  "logs",
  "doctor",
  "teardown --yes --no-kubeconfig --workloads",
];

describe("the caller's policy, enforced by moto", () => {
  const policy = policyOf(page, "caller", "aws");

  test("is enough for all commands", async ({ world }) => {
    await doesAll(world, await permitted(world, policy.Statement), everything);
  });

  test("is also enough as `eks-lambda permissions` prints it for the cluster", async ({ world }) => {
    await world.fresh();
    const { exit, stdout, stderr } = await world.run(`permissions --cluster ${world.names.cluster} --json`);
    expect(exit, stderr).toBe(0);
    const { caller, cluster } = JSON.parse(stdout);
    // Reading the log is optional, like every `OnlyFor…` statement without its flag.
    const commands = everything.filter((command) => command !== "logs");
    await doesAll(world, await permitted(world, caller.Statement, cluster), commands);
  });

  test("is enough for a first setup with the --allow that `eks-lambda permissions` was given", async ({ world }) => {
    await world.fresh();
    const allow = "--allow restart:deployments/web scale:statefulsets@kube-public apply:services";
    const { exit, stdout, stderr } = await world.run(`permissions --cluster ${world.names.cluster} ${allow} --json`);
    expect(exit, stderr).toBe(0);
    const { caller, cluster } = JSON.parse(stdout);
    await doesAll(world, await permitted(world, caller.Statement, cluster), [`${everything[0]} ${allow}`]);
  });

  test("is enough for smoke as `eks-lambda permissions --smoke` prints it", async ({ world }) => {
    await world.fresh();
    const { exit, stdout, stderr } = await world.run(`permissions --cluster ${world.names.cluster} --smoke --json`);
    expect(exit, stderr).toBe(0);
    const { caller, cluster } = JSON.parse(stdout);
    await doesAll(world, await permitted(world, caller.Statement, cluster), ["smoke --yes"]);
  });

  test("is enough for code in a bucket that keeps versions, and uploading it needs its statement", async ({
    world,
  }) => {
    const bucket = "eks-lambda-permissions";
    const given = async () => {
      await createBucket(world.backend, bucket);
      await keepVersions(world.backend, bucket);
    };
    const setup = `setup --yes --no-kubeconfig --code-bucket ${bucket}`;
    const without = async (sid: RegExp) =>
      permitted(
        world,
        policy.Statement.filter(({ Sid }) => !sid.test(Sid)),
        roles,
        given,
      );
    expect(await world.run(setup, { env: await without(/^OnlyForCodeUpload$/) })).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/may not call s3:PutObject: .*\(AwsForbidden\)/),
    });
    await doesAll(world, await without(/^OnlyForGrant$/), [setup, "teardown --yes --no-kubeconfig"]);
  });

  test("the statements that only read are enough for a dry run", async ({ world }) => {
    const reading = policy.Statement.filter(({ Sid }) => /^(Find|Read)/.test(Sid));
    const env = await permitted(world, reading);
    const { exit, stderr } = await world.run("setup --dry-run --no-kubeconfig", { env });
    expect(exit, stderr).toBe(0);
  });

  // Invocations do not reach moto. Without the right to see drift, setup warns and continues.
  const needed = policy.Statement.filter(({ Sid }) => !/^(Only|SeeDrift|CallFunction$)/.test(Sid));
  test.for(needed.map((statement) => [statement.Sid, statement] as const))(
    "without %s setup fails, and names the action",
    async ([, without], { world }) => {
      const others = policy.Statement.filter((statement) => statement !== without);
      const { exit, stderr } = await world.run("setup --yes --no-kubeconfig", { env: await permitted(world, others) });
      const [, action] = /may not call (\w+:\w+): .*\(AwsForbidden\)/.exec(stderr) ?? [];
      expect({ exit, action }, stderr).toEqual({ exit: 1, action: expect.toBeOneOf([...without.Action]) });
    },
  );
});

test("the policy's statements for grant are enough for grant and revoke, enforced by moto", async ({ world }) => {
  const { backend, names, run } = world;
  const statements = policyOf(page, "caller", "aws").Statement.filter(({ Sid }) =>
    /^(FindCluster|ReadCluster|ReadRole|SeeDriftOfEntry|OnlyForGrant)$/.test(Sid),
  );
  const env = await permitted(world, statements, granting);
  await backend.describe(names.cluster, { authenticationMode: "API_AND_CONFIG_MAP" });
  await backend.assumeRole("ci");
  for (const job of [grantJobs.first, grantJobs.last]) {
    const { exit, stderr } = await run(commandFor(world, job), { env });
    expect(exit, stderr).toBe(0);
  }
});

async function doesAll(
  world: World,
  env: Awaited<ReturnType<typeof permitted>>,
  commands: readonly string[],
): Promise<void> {
  for (const command of commands) {
    const { exit, stdout, stderr } = await world.run(`${command} --cluster ${world.names.cluster}`, { env });
    expect({ exit }, `${command}: ${stdout}${stderr}`).toEqual({ exit: 0 });
  }
}

/** Creates a caller with these Roles in the cluster and these IAM statements. */
async function permitted(
  world: World,
  statements: readonly Statement[],
  granted: readonly RbacRole[] = roles,
  given?: Job["given"],
) {
  const env = await prepared(world, granted, given);
  const { backend } = world;
  const client = new IAMClient({
    region: backend.region,
    credentials: credentialsOf(backend),
    endpoint: backend.env.AWS_ENDPOINT_URL ?? "",
  });
  // moto supports no resource but "*"; test/unit/docs/permissions.test.ts checks the resources.
  const Statement = statements.map((statement) => ({ ...statement, Resource: "*" }));
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  await client.send(new PutRolePolicyCommand({ RoleName: "deployer", PolicyName: "eks-lambda", PolicyDocument }));
  backend.faults.enforcePolicies?.();
  return env;
}

describe("CloudFormation's policy", () => {
  /** Create and update actions that no property of the template needs, by the property that would need them. */
  const unused: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
    "AWS::Lambda::Function": {
      CapacityProviderConfig: ["lambda:PassCapacityProvider"],
      CodeSigningConfigArn: [
        "lambda:DeleteFunctionCodeSigningConfig",
        "lambda:GetCodeSigningConfig",
        "lambda:PutFunctionCodeSigningConfig",
      ],
      FileSystemConfigs: ["elasticfilesystem:DescribeMountTargets", "s3files:ListMountTargets"],
      FunctionScalingConfig: ["lambda:PutFunctionScalingConfig"],
      KmsKeyArn: ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
      Layers: ["lambda:GetLayerVersion"],
      PublishToLatestPublished: ["lambda:PublishVersion"],
      RecursiveLoop: ["lambda:PutFunctionRecursionConfig"],
      RuntimeManagementConfig: ["lambda:AssociateRuntimeAlias", "lambda:PutRuntimeManagementConfig"],
    },
    "AWS::IAM::Role": { ManagedPolicyArns: ["iam:AttachRolePolicy"] },
    "AWS::Logs::LogGroup": {
      BearerTokenAuthenticationEnabled: ["logs:PutBearerTokenAuthentication"],
      DataProtectionPolicy: [
        "firehose:TagDeliveryStream",
        "logs:CreateLogDelivery",
        "logs:PutDataProtectionPolicy",
        "s3:REST.PUT.OBJECT",
      ],
      DeletionProtectionEnabled: ["logs:PutLogGroupDeletionProtection"],
      FieldIndexPolicies: ["logs:DeleteIndexPolicy", "logs:PutIndexPolicy"],
      KmsKeyId: ["logs:AssociateKmsKey", "logs:DisassociateKmsKey"],
      ResourcePolicyDocument: ["logs:DeleteResourcePolicy", "logs:PutResourcePolicy"],
    },
    "AWS::EKS::AccessEntry": { AccessPolicies: ["eks:AssociateAccessPolicy"] },
  };

  test.for(partitions)("has the actions that the schemas of %s name", async (partition, { world }) => {
    const used = await templateProperties(world);
    const schemas = await schemasOf(world, partition, [...used.keys()]);
    const needed = [...used].flatMap(([type, properties]) => {
      const { handlers, tagging, properties: known } = schemas[type] ?? missing(type);
      const changing = new Set([...(handlers.create ?? []), ...(handlers.update ?? [])]);
      for (const [property, actions] of Object.entries(unused[type] ?? {})) {
        expect(known, `${type} has ${property}`).toContain(property.split("/")[0]);
        expect([...properties], `${type} in template.yml`).not.toContain(property);
        for (const action of actions) expect(changing.delete(action), `${action} of ${type}`).toBe(true);
      }
      const always = [...(handlers.read ?? []), ...(handlers.delete ?? []), ...tagging];
      // Variables that are encrypted with a customer-managed key.
      return [...changing, ...always.filter((action) => action !== "kms:Decrypt")];
    });
    expect(actionsOf(policyOf(page, "cloudformation", partition))).toEqual([...new Set(needed)].sort());
  });
});

const missing = (type: string): never => {
  throw new Error(`cfn-lint has no schema of ${type}`);
};

/** Properties, down to `Code/S3Bucket`, that the template sets with any combination of options, by resource type. */
async function templateProperties({ backend }: World): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { folder } = backend as RealBackend;
  const template = await readFile(repositoryFile("template.yml"), "utf8");
  const file = join(folder, "inline.yml");
  await writeFile(file, template.replace("CodeUri: dist/function", "InlineCode: exports.handler = async () => {}"));
  const used = new Map<string, Set<string>>();
  for (const path of await translated(backend as RealBackend, file)) {
    const { Resources } = JSON.parse(await readFile(path, "utf8"));
    for (const { Type, Properties } of Object.values<{ Type: string; Properties: object }>(Resources)) {
      const known = used.get(Type) ?? new Set();
      for (const path of pathsOf(Properties)) known.add(path);
      used.set(Type, known);
    }
  }
  return used;
}

const pathsOf = (properties: object): readonly string[] =>
  Object.entries(properties).flatMap(([name, value]) => [
    name,
    ...(typeof value === "object" && value !== null ? Object.keys(value).map((key) => `${name}/${key}`) : []),
  ]);

interface Schema {
  readonly handlers: Readonly<Record<string, readonly string[]>>;
  readonly tagging: readonly string[];
  readonly properties: readonly string[];
}

const regions = { aws: "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1" } as const;

async function schemasOf({ backend, env }: World, partition: Partition, types: readonly string[]) {
  const program = repositoryFile("test/e2e/permissions/handlers.py");
  const { python } = (backend as RealBackend).bin;
  const { exit, stdout, stderr } = await runProgram(
    python,
    `${program} ${regions[partition]}`,
    env,
    JSON.stringify(types),
  );
  expect(exit, stderr).toBe(0);
  return JSON.parse(stdout)[regions[partition]] as Readonly<Record<string, Schema>>;
}

const group = "rbac.authorization.k8s.io";
const apiVersion = `${group}/v1`;

/** Gives a caller these Roles. */
async function permit(backend: Backend, granted: readonly RbacRole[], subject: object): Promise<void> {
  for (const { kind, metadata, rules } of granted) {
    const { namespace, name } = metadata;
    const path = (suffix: string) => rbac(`${kind.toLowerCase()}${suffix}`, namespace);
    await make(backend, path("s"), { apiVersion, kind, metadata: { name }, rules });
    await make(backend, path("bindings"), {
      ...{ apiVersion, kind: `${kind}Binding`, metadata: { name } },
      roleRef: { apiGroup: group, kind, name },
      subjects: [subject],
    });
  }
}

const setup = "setup --yes --no-kubeconfig";
const teardown = "teardown --yes --no-kubeconfig --workloads";
const administrator = async ({ run }: World, command: string) => {
  const { exit, stderr } = await run(command);
  expect(exit, stderr).toBe(0);
};

/** Another user than in the Role's binding, so that Role and binding must be changed. */
const changed = async ({ backend }: World) => {
  const contentType = "application/merge-patch+json";
  const path = (resource: string) => `${rbac(resource, "default")}/lambda-create-deployments`;
  await backend.kube("PATCH", path("roles"), { contentType, body: { rules: [] } });
  await backend.kube("PATCH", path("rolebindings"), { contentType, body: { subjects: [] } });
};

interface Job {
  readonly name: string;
  readonly command: string;
  /** Runs with the deployer's entry in aws-auth, or without aws-auth. */
  readonly given?: (world: World) => Promise<unknown>;
}
const jobs = {
  first: { name: "a first setup", command: setup },
  second: {
    name: "a setup that changes Role and RoleBinding",
    command: setup,
    given: async (world) => {
      await administrator(world, setup);
      await changed(world);
    },
  },
  last: {
    name: "teardown with a Deployment",
    command: teardown,
    given: async (world) => {
      await administrator(world, setup);
      await administrator(world, "invoke");
    },
  },
} satisfies Record<string, Job>;

/** The caller may list Roles, and so may grant that right. */
const grantCommand = `grant --yes --role ROLE --allow 'list roles.rbac.authorization.k8s.io @default' 'list roles.rbac.authorization.k8s.io @*'`;
const ciExists = ({ backend }: World) => backend.assumeRole("ci");
const ciGranted = async (world: World) => {
  await ciExists(world);
  await administrator(world, commandFor(world, grantJobs.first));
};
const grantJobs = {
  first: { name: "a first grant", command: grantCommand, given: ciExists },
  second: {
    name: "a grant of less",
    command: grantCommand,
    given: async (world) => {
      await ciExists(world);
      await administrator(world, commandFor(world, { command: grantCommand.replaceAll("'list", "'get,list") }));
    },
  },
  last: { name: "revoke", command: "revoke --yes --role ROLE", given: ciGranted },
} satisfies Record<string, Job>;

const commandFor = ({ names }: World, { command }: Pick<Job, "command">): string =>
  command.replace("ROLE", `arn:aws:iam::${names.account}:role/ci`);

test.for<Job>(Object.values(grantJobs))("the rules for grant do for $name", async (job, { world }) => {
  const env = await prepared(world, granting, job.given);
  const { exit, stderr } = await world.run(commandFor(world, job), { env });
  expect(exit, stderr).toBe(0);
});

test.for<Job>(Object.values(jobs))("these rules do for $name", async ({ command, given }, { world }) => {
  const env = await prepared(world, roles, given);
  const { exit, stderr } = await world.run(command, { env });
  expect(exit, stderr).toBe(0);
});

test.for(["setup", "teardown"])(
  "these rules do for a dry run of %s, and for nothing more",
  async (command, { world }) => {
    const env = await prepared(world, reading, async () => {
      await administrator(world, setup);
      await changed(world);
    });
    await writesOf(world);
    const { exit, stdout } = await world.run(`${command} --dry-run --no-kubeconfig`, { env });
    expect({ exit, stdout }).toEqual({
      exit: 0,
      stdout: expect.stringContaining("warning: you may not make this change"),
    });
    const refused = await world.run(`${command} --yes --no-kubeconfig`, { env });
    expect(refused).toMatchObject({ exit: 1, stderr: expect.stringContaining("(Forbidden)") });
    expect(await writesOf(world)).toEqual([]);
  },
);

async function prepared(world: World, granted: readonly RbacRole[], given: Job["given"]) {
  await world.fresh();
  const { backend, names } = world;
  await permit(backend, granted, { apiGroup: group, kind: "User", name: "deployer" });
  await putAwsAuth(backend, {
    mapRoles: `- rolearn: arn:aws:iam::${names.account}:role/deployer\n  username: deployer\n`,
  });
  const env = as(await backend.assumeRole("deployer"));
  await given?.(world);
  return env;
}

/** Which job needs a verb on a resource. Rules that no command of these jobs needs have a reason. */
const needed: readonly (readonly [resource: string, verb: string, job: Job, granted?: readonly RbacRole[]])[] = [
  ["configmaps", "get", jobs.first],
  ["configmaps", "patch", jobs.first],
  ["roles", "get", jobs.first],
  ["roles", "create", jobs.first],
  ["roles", "patch", jobs.second],
  ["roles", "delete", jobs.last],
  ["rolebindings", "get", jobs.first],
  ["rolebindings", "create", jobs.first],
  ["rolebindings", "patch", jobs.second],
  ["rolebindings", "delete", jobs.last],
  ["deployments", "create", jobs.first],
  ["deployments", "list", jobs.last],
  ["deployments", "delete", jobs.last],
  ["rolebindings", "list", jobs.first],
  ["clusterrolebindings", "list", jobs.first],
  ["configmaps", "get", grantJobs.first, granting],
  ["configmaps", "patch", grantJobs.first, granting],
  ["subjectaccessreviews", "create", grantJobs.first, granting],
  ...["roles", "rolebindings", "clusterroles", "clusterrolebindings"].flatMap((resource) =>
    Object.entries({
      ...{ get: grantJobs.first, list: grantJobs.first, create: grantJobs.first },
      ...{ patch: grantJobs.second, delete: grantJobs.last },
    }).map(([verb, job]) => [resource, verb, job, granting] as const),
  ),
];

/** The same without one verb on one resource. */
const without = (resource: string, verb: string, granted: readonly RbacRole[] = roles): readonly RbacRole[] =>
  granted.map((role) => ({
    ...role,
    rules: role.rules.flatMap((rule) =>
      rule.resources
        .map((one) => ({
          ...rule,
          resources: [one],
          verbs: one === resource ? rule.verbs.filter((known) => known !== verb) : rule.verbs,
        }))
        .filter(({ verbs }) => verbs.length > 0),
    ),
  }));

test.for(needed)(
  "without the right on %s to %s it fails before any write",
  async ([resource, verb, job, granted], { world }) => {
    const env = await prepared(world, without(resource, verb, granted), job.given);
    await writesOf(world);
    const { exit, stderr } = await world.run(commandFor(world, job), { env });
    expect(exit).toBe(1);
    const error = stderr.slice(stderr.search(/^error /m));
    expect(error).toContain("(Forbidden)");
    expect(error).toContain(resource);
    expect(error.toLowerCase()).toContain(verb);
    expect(await writesOf(world)).toEqual([]);
  },
);

/** Without aws-auth, the caller needs other access: here a context of the kubeconfig. */
test.for(["create", "delete"])(
  "the right to %s configmaps is needed where setup makes aws-auth",
  async (verb, { world }) => {
    await world.fresh();
    const { run } = world;
    const KUBECONFIG = await deployerContext(world, without("configmaps", verb));
    if (verb === "delete") await administrator(world, setup);
    await writesOf(world);
    const command = `${verb === "create" ? setup : teardown} --context deployer`;
    const { exit, stderr } = await run(command, { env: { KUBECONFIG } });
    expect({ exit, stderr }).toEqual({
      exit: 1,
      stderr: expect.stringContaining(`cannot ${verb} resource "configmaps"`),
    });
    expect(await writesOf(world)).toEqual([]);
  },
);

/** A service account with these Roles, as a context of the kubeconfig. */
async function deployerContext({ backend, home }: World, granted: readonly RbacRole[]): Promise<string> {
  await permit(backend, granted, { kind: "ServiceAccount", name: "default", namespace: "default" });
  const token = await make(backend, "/api/v1/namespaces/default/serviceaccounts/default/token", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {},
  });
  const { endpoint, ca } = backend.cluster;
  const file = join(home, "deployer.json");
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "cluster", cluster: { server: endpoint, "certificate-authority-data": ca } }],
    users: [{ name: "deployer", user: { token: token.body.status.token } }],
    contexts: [{ name: "deployer", context: { cluster: "cluster", user: "deployer" } }],
  };
  await writeFile(file, JSON.stringify(kubeconfig));
  return file;
}
