/** Changes the cluster's authentication mode, which cannot be undone, and only with `--enable-access-entries`. */
import { command } from "../../command.ts";
import { EksLambdaError } from "../../errors.ts";
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
    return [
      {
        change: {
          step: "access-mode",
          target: name,
          action: "update",
          summary: "access entries beside aws-auth; this cannot be undone",
          before: "CONFIG_MAP",
          after: "API_AND_CONFIG_MAP",
        },
        async apply(waiting) {
          const id = await eks.enableAccessEntries(name);
          const end = clock.now() + limitMs;
          for (;;) {
            const { status, errors } = await eks.update(name, id);
            if (status === "Successful") return;
            if (status !== "InProgress" || clock.now() >= end) throw notEnabled(name, status, errors);
            waiting(`EKS to change the authentication mode of ${name}`);
            await clock.sleep(pauseMs);
          }
        },
      },
    ];
  },
};

const notEnabled = (name: string, status: string, errors: readonly string[]) =>
  new EksLambdaError(
    "AccessModeFailed",
    `the authentication mode of "${name}" could not be changed: ${[status, ...errors].join(", ")}`,
    {
      hint: command`aws eks describe-cluster --name ${name} --query cluster.accessConfig`,
    },
  );
