/** `eks-lambda permissions`: the rights that a pipeline needs to run setup, grant or smoke on this cluster. */

import { command } from "../../core/command.ts";
import { objectsOf, rolesAsYaml } from "../../core/permissions/cluster.ts";
import { grantPermissions, type Permissions, setupPermissions } from "../../core/permissions/index.ts";
import { withAllowed } from "../../core/setup/allow.ts";
import { anyName } from "../../core/smoke/names.ts";
import { openContext } from "../context.ts";
import type { FlagsOf } from "../flag-table.ts";
import { roleFlag } from "../grant-context.ts";
import { refuseBeside } from "../idle-flags.ts";
import { lines, linesOf, print, printJson, type Text, text } from "../render/text.ts";
import { openSession } from "../session.ts";

export async function permissions(flags: FlagsOf<"permissions">): Promise<void> {
  const found = flags.role === undefined ? await ofSetup(flags) : await ofGrant(flags);
  if (flags.json)
    printJson({ ...found, cloudformation: found.cloudformation ?? null, cluster: objectsOf(found.cluster) });
  else print(rendered(found, flags));
}

/** Asks the cluster only for the kinds that `--allow` names. */
async function ofSetup(flags: FlagsOf<"permissions">): Promise<Permissions> {
  const { smoke: smokes = false, cluster, dryRun: readsOnly = false } = flags;
  const named = smokes ? { name: anyName } : {};
  const { context, session } = await openContext({ ...flags, ...named, awsOnly: true }, "present");
  const { cluster: reachable } = context.target;
  const asks = flags.allow !== undefined && flags.entry === undefined && reachable.exists;
  const target = asks ? await withAllowed(await session.kube(reachable), context.target) : context.target;
  return setupPermissions(target, { findsCluster: cluster === undefined, readsOnly, smokes });
}

/** Throws `InvalidFlag`, `FlagWithoutEffect`. */
async function ofGrant(flags: FlagsOf<"permissions">): Promise<Permissions> {
  const roleArn = roleFlag(flags);
  refuseBeside("--role", flags, ["role", "cluster", "region", "profile", "json", "quiet", "verbose"]);
  const { cluster: read, sts, region } = await openSession(flags);
  const [{ name: cluster, authenticationMode }, { account }] = await Promise.all([read(), sts.identity()]);
  const target = { region, account, cluster, roleArn, authenticationMode };
  return grantPermissions(target, { findsCluster: flags.cluster === undefined });
}

function rendered({ caller, cloudformation, cluster }: Permissions, flags: FlagsOf<"permissions">): Text {
  const role = flags.cloudformationRoleArn;
  const name = cluster[0]?.name ?? "";
  return lines([
    "# IAM policy of the caller",
    ...linesOf(JSON.stringify(caller, null, 2)),
    ...(cloudformation === undefined
      ? []
      : [
          "",
          role === undefined
            ? "# IAM policy of CloudFormation: without --cloudformation-role-arn, the caller needs it, too"
            : text`# IAM policy of ${role}, which CloudFormation assumes`,
          ...linesOf(JSON.stringify(cloudformation, null, 2)),
        ]),
    "",
    text`# RBAC: bind each to the caller's Kubernetes user, for example`,
    text`# ${command`kubectl create clusterrolebinding ${name} --clusterrole ${name} --user USER`}`,
    ...(flags.role === undefined
      ? []
      : ["# and each right that you grant: Kubernetes lets you grant only rights that you have"]),
    ...linesOf(rolesAsYaml(cluster).trimEnd()),
  ]);
}
