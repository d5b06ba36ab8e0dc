/** What a smoke test makes, as its plan names it, and everything of it that may be left. */
import { createHash } from "node:crypto";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { ListAccessEntriesCommand } from "@aws-sdk/client-eks";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { eks, stackStatus } from "./aws.ts";
import { rbac, readAwsAuth } from "./cluster.ts";
import { tree } from "./disk.ts";
import { credentialsOf } from "./names.ts";
import type { World } from "./world.ts";

const there = (look: Promise<unknown>): Promise<boolean> =>
  look.then(
    () => true,
    (error: Error) => {
      if (/^(NoSuchEntity|ResourceNotFound)(Exception)?$/.test(error.name)) return false;
      throw error;
    },
  );

const idsIn = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/\bsmoke-([0-9a-f]{6})\b/g)].map(([, id = ""]) => id)),
];

/** As for every function with a name. */
function endings({ names: { cluster } }: World, text: string): readonly string[] {
  const all = idsIn(text).flatMap((id) => [`smoke-${id}-a`, `smoke-${id}-b`, `smoke-${id}-c`]);
  return all.map((name) => {
    const hash = createHash("sha256")
      .update(JSON.stringify([cluster, name]))
      .digest("hex");
    return `-${name}-${hash.slice(0, 6)}`;
  });
}

/** What is there of the smoke tests that `text` names: stacks, functions, roles and log groups. */
export async function inAccount(world: World, text: string): Promise<readonly string[]> {
  const { backend, names } = world;
  const stacks = endings(world, text).map((ending) => `eks-lambda-${names.cluster}${ending}`);
  const functions = endings(world, text).map((ending) => `eks-lambda-${names.cluster}-${names.region}${ending}`);
  const roles = [...idsIn(text).map((id) => `eks-lambda-smoke-${id}`), ...functions];
  const options = {
    region: backend.region,
    credentials: credentialsOf(backend),
    endpoint: backend.env.AWS_ENDPOINT_URL ?? "",
  };
  const [iam, lambda, logs] = [new IAMClient(options), new LambdaClient(options), new CloudWatchLogsClient(options)];
  const found = await Promise.all([
    ...stacks.map(async (one) => [one, (await stackStatus(backend, one)) !== undefined] as const),
    ...functions.map(
      async (FunctionName) =>
        [
          `function ${FunctionName}`,
          await there(lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))),
        ] as const,
    ),
    ...roles.map(
      async (RoleName) => [`role ${RoleName}`, await there(iam.send(new GetRoleCommand({ RoleName })))] as const,
    ),
    ...functions.map(async (one) => {
      const { logGroups = [] } = await logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: `/aws/lambda/${one}` }),
      );
      return [`log of ${one}`, logGroups.length > 0] as const;
    }),
  ]);
  return found.flatMap(([name, isThere]) => (isThere ? [name] : []));
}

interface Item {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const lists = [
  ...["roles", "rolebindings", "clusterroles", "clusterrolebindings"].map((resource) => rbac(resource)),
  ...["/api/v1/namespaces", "/apis/apps/v1/deployments"],
];

/** The cluster, its access entries, and the files of the person who runs the commands, but for backups of aws-auth. */
export async function outside({ backend, names, home }: World) {
  const objects = await Promise.all(
    lists.map(async (path) =>
      (await backend.kube("GET", path)).body.items
        .map(({ metadata: { name, namespace } }: Item) => `${path} ${namespace ?? ""}/${name}`)
        .sort(),
    ),
  );
  const entries = await eks(backend)
    .send(new ListAccessEntriesCommand({ clusterName: names.cluster }))
    .then(
      ({ accessEntries }) => accessEntries,
      () => undefined,
    );
  const files = (await tree(home)).filter((line) => !/^\d+ \.local\b/.test(line));
  return { objects, entries, files, awsAuth: await readAwsAuth(backend) };
}
