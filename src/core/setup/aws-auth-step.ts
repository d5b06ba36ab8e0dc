/** Our entry in ConfigMap kube-system/aws-auth: nobody else's is touched, whoever writes at the same time. */
import { may } from "../actions.ts";
import {
  type AwsAuthData,
  dropRole,
  entryOf,
  othersWithUsername,
  putRole,
  type RoleMapping,
  readRoles,
} from "../aws-auth.ts";
import { EksLambdaError } from "../errors.ts";
import { ifFound, type Kube } from "../kube.ts";
import { type Context, plan, type Resource, type Step } from "./plan.ts";

interface ConfigMap {
  readonly metadata: { readonly resourceVersion: string };
  readonly data?: AwsAuthData;
}
interface Entry extends RoleMapping {
  readonly groups?: readonly string[];
}

const namespace = "kube-system";
const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
/** As many writers as there are may come between; each conflict means that one of them got on. */
const maxAttempts = 100;

export const awsAuthStep: Step = {
  id: "aws-auth",
  inCluster: true,
  async plan(context, intent) {
    if (context.target.access.method === "aws-auth" || intent === "absent") {
      return [await plan("aws-auth", mapping(context), intent)];
    }
    // An access entry overrides it; it goes once the entry is proven to work.
    const stale = await plan("aws-auth", mapping(context), "absent");
    return stale.apply ? [{ ...stale, late: true }] : [];
  },
};

function mapping({ kube, target, clock }: Context): Resource<Entry> {
  const { roleArn, username, config } = target;
  const wanted: Entry = { rolearn: roleArn, username };
  let entries = 0;
  return {
    target: `${namespace}/aws-auth`,
    wanted,
    async read() {
      const text = (await readConfigMap(kube))?.data?.mapRoles;
      entries = readRoles(text).length;
      const found = entryOf(text, roleArn);
      return found && { rolearn: found.rolearn ?? "", username: found.username ?? "", groups: found.groups };
    },
    show: ({ rolearn, username, groups = [] }) =>
      [
        `- rolearn: ${rolearn}`,
        `  username: ${username}`,
        ...(groups.length ? [`  groups: [${groups.join(", ")}]`] : []),
      ].join("\n"),
    summary: (found) => `${entries - (found ? 1 : 0)} entries untouched`,
    async rehearse() {
      const configMap = await readConfigMap(kube);
      if (!config.shareUsername) refuseShared(configMap?.data ?? {}, wanted);
      // Finds out what the splice refuses; the text is written afresh later.
      putRole(configMap?.data?.mapRoles, wanted);
      await refuseForbidden(kube, configMap !== undefined);
    },
    async write(after) {
      const edit = (text: string | undefined) => (after ? putRole(text, wanted) : dropRole(text, roleArn));
      for (let attempt = 1; ; attempt++) {
        const configMap = await readConfigMap(kube);
        const before = configMap?.data?.mapRoles;
        const text = edit(before);
        if (text === before || (text === undefined && !configMap)) break;
        try {
          await writeConfigMap(kube, configMap, text);
        } catch (error) {
          if (!isConflict(error) || attempt === maxAttempts) throw error;
          await clock.sleep(Math.random() * Math.min(50 * attempt, 1_000));
        }
      }
    },
  };
}

const readConfigMap = (kube: Kube): Promise<ConfigMap | undefined> =>
  ifFound(kube.request<ConfigMap>("GET", `${configMaps}/aws-auth`));

/** A merge patch of the one key: a PUT would drop what this client does not know. Under the version that was read. */
function writeConfigMap(kube: Kube, read: ConfigMap | undefined, mapRoles: string | undefined): Promise<unknown> {
  const data = { mapRoles: mapRoles ?? null };
  if (!read) {
    const metadata = { name: "aws-auth", namespace };
    return kube.request("POST", configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data });
  }
  const patch = { metadata: { resourceVersion: read.metadata.resourceVersion }, data };
  return kube.request("PATCH", `${configMaps}/aws-auth`, patch, "application/merge-patch+json");
}

const isConflict = (error: unknown): boolean =>
  error instanceof EksLambdaError && (error.code === "Conflict" || error.code === "AlreadyExists");

function refuseShared(data: AwsAuthData, { username, rolearn }: RoleMapping): void {
  const others = othersWithUsername(data, username, rolearn);
  if (others.length === 0) return;
  throw new EksLambdaError(
    "UsernameTaken",
    `the Kubernetes user "${username}" is also that of ${others.join(", ")}, who would get the function's rights`,
    {
      hint: "choose another with --username, or go on with --share-username",
    },
  );
}

async function refuseForbidden(kube: Kube, exists: boolean): Promise<void> {
  const verb = exists ? "patch" : "create";
  const attributes = { group: "", resource: "configmaps", verb, namespace, ...(exists && { name: "aws-auth" }) };
  if (await may(kube, attributes)) return;
  throw new EksLambdaError(
    "Forbidden",
    `the caller may not ${verb} configmaps${exists ? ' "aws-auth"' : ""} in the namespace "${namespace}"`,
    {
      hint: `have a cluster administrator permit it: a Role in ${namespace} with verbs get and ${verb} on configmaps`,
    },
  );
}
