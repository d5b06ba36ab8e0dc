/** Changes the cluster's authentication mode, which cannot be undone, and only with `--enable-access-entries`. */
import { advice, command } from "../../command.ts";
import { EksLambdaError } from "../../errors.ts";
import { modeOf, modes, oldestMode } from "../../mapping/modes.ts";
import type { ClusterStep } from "../../setup/context.ts";

const pauseMs = 2_000;
/** EKS takes some minutes. */
const limitMs = 60 * 60_000;

export const accessModeStep: ClusterStep = {
  id: "access-mode",
  inCluster: true,
  async plan({ target, eks, clock }, intent) {
    if (intent === "absent" || !target.access.enable) return [];
    const { name } = target.cluster;
    const isDone = async () => {
      const now = await eks.cluster(name);
      return now === undefined || modeOf(now.authenticationMode).readsEntries;
    };
    return [
      {
        change: {
          step: "access-mode",
          target: name,
          action: "update",
          summary: "access entries in addition to aws-auth; this cannot be undone",
          before: oldestMode,
          after: modes[oldestMode].enabled,
        },
        async apply(waiting) {
          const end = clock.now() + limitMs;
          for (let id: string | undefined; ; ) {
            // An earlier run may have begun it.
            if (id === undefined && (await isDone())) return;
            id ??= await eks.enableAccessEntries(name);
            const { status, errors } = id === undefined ? unknown : await eks.update(name, id);
            if (status === "Successful") return;
            if (status !== "InProgress") throw notEnabled(name, [status, ...errors]);
            if (clock.now() >= end) throw unfinished(name);
            waiting(`EKS to change the authentication mode of ${name}`);
            await clock.sleep(pauseMs);
          }
        },
      },
    ];
  },
};

/** Another update of the cluster is in progress, by an earlier run or by someone else. */
const unknown = { status: "InProgress", errors: [] };

const notEnabled = (name: string, said: readonly string[]) =>
  new EksLambdaError(
    "AccessModeFailed",
    `the authentication mode of "${name}" could not be changed: ${said.join(", ")}`,
    { hint: command`aws eks describe-cluster --name ${name} --query cluster.accessConfig` },
  );

const unfinished = (name: string) =>
  new EksLambdaError(
    "AccessModeFailed",
    `EKS still updates the cluster "${name}" after ${limitMs / 60_000} minutes: its authentication mode is not changed yet`,
    {
      hint: advice`run the command again to continue waiting; to see the updates of the cluster: ${command`aws eks list-updates --name ${name}`}`,
    },
  );
