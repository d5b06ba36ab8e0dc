/** Runs grant and revoke on a sandbox in this process, without the CLI. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeAccessEntryCommand, EKSClient, ListAccessEntriesCommand } from "@aws-sdk/client-eks";
import { afterEach, beforeEach, vi } from "vitest";
import { type Eks, eks } from "../../../src/core/aws/eks.ts";
import { iam } from "../../../src/core/aws/iam.ts";
import type { GrantContext } from "../../../src/core/grant/context.ts";
import { declaredNeeds } from "../../../src/core/grant/declared.ts";
import { planGrant, planRevoke } from "../../../src/core/grant/plan.ts";
import { proveGrant } from "../../../src/core/grant/proof.ts";
import type { Kube } from "../../../src/core/kube/request.ts";
import type { Planned } from "../../../src/core/plan.ts";
import { applyOrUndo } from "../../../src/core/setup/reversible.ts";
import { applyAll } from "../../../src/core/setup/steps/index.ts";
import type { Sandbox, SandboxOptions } from "../../../src/sandbox/index.ts";
import { impatientClock, testClock } from "../../support/clock.ts";
import { kubeOf } from "./meddling.ts";
import { useSandbox } from "./sandbox.ts";

const progress = { during: <T>(_: string, work: (waiting: () => void) => Promise<T>) => work(() => {}) };

/** Ports that a test replaces. */
interface Ports {
  readonly kube?: Kube;
  readonly eks?: Partial<Eks>;
}

interface Wish extends Ports {
  readonly shareUsername?: boolean;
  readonly forbidden?: "refuse" | "warn";
}

const caller = ({ account }: Sandbox) => ({ account, arn: `arn:aws:iam::${account}:user/admin` });

export function useGrant(options: SandboxOptions = {}) {
  const used = useSandbox({ clock: impatientClock, ...options });
  const { sandbox } = used;
  let home = "";
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "eks-lambda-grant-"));
    for (const [name, value] of Object.entries(sandbox().env)) vi.stubEnv(name, value);
    sandbox().assumeRole("ci");
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(home, { recursive: true });
  });

  const roleArn = (name = "ci") => `arn:aws:iam::${sandbox().account}:role/${name}`;

  async function contextOf({ kube = kubeOf(sandbox()), eks: own = {} }: Ports): Promise<GrantContext> {
    const { region, cluster } = sandbox();
    const ports = { eks: { ...eks({ region }), ...own }, iam: iam({ region }), kube };
    const described = await ports.eks.cluster(cluster.name);
    if (!described) throw new Error("the sandbox has no cluster");
    return {
      ...ports,
      ...{ region, caller: caller(sandbox()), environment: { HOME: home }, clock: testClock(Date.now()) },
      cluster: { ...described, endpoint: cluster.endpoint, ca: cluster.ca },
    };
  }

  /** The cluster's access entries. Empty if the cluster does not support them. */
  async function entries() {
    const [client, clusterName] = [new EKSClient(used.client()), sandbox().cluster.name];
    if ((await eks({ region: sandbox().region }).cluster(clusterName))?.authenticationMode === "CONFIG_MAP") return [];
    const { accessEntries = [] } = await client.send(new ListAccessEntriesCommand({ clusterName }));
    return Promise.all(
      accessEntries.map(async (principalArn) => {
        const { accessEntry } = await client.send(new DescribeAccessEntryCommand({ clusterName, principalArn }));
        const { username, kubernetesGroups: groups, tags = {} } = accessEntry ?? {};
        return { principalArn, username, groups, tagged: Object.keys(tags) };
      }),
    );
  }

  async function plan(allow: readonly string[], { shareUsername = false, forbidden = "refuse", ...ports }: Wish = {}) {
    const context = await contextOf(ports);
    const wish = { roleArn: roleArn(), needs: declaredNeeds(allow, "default"), shareUsername };
    return { context, wish, ...(await planGrant(context, wish, { forbidden })) };
  }
  const changes = async (allow: readonly string[], wish: Wish = {}) => {
    const { planned, late } = await plan(allow, wish);
    return [...planned, ...late].map(({ change }) => change);
  };
  async function grant(allow: readonly string[], wishes: Wish = {}): Promise<void> {
    const { context, wish, role, user, planned, late } = await plan(allow, wishes);
    const proof = async () => void (await proveGrant(context, { role, user, needs: wish.needs }, () => {}));
    await applyOrUndo(planned, { progress, proof });
    await applyAll(late, progress);
  }
  const apply = (planned: readonly Planned[]) => applyAll(planned, progress);
  const planRevocation = async (ports: Ports = {}, arn = roleArn()) => planRevoke(await contextOf(ports), arn);
  const revoke = async (ports: Ports = {}, arn = roleArn()) => apply((await planRevocation(ports, arn)).planned);
  return { ...used, roleArn, entries, plan, changes, grant, apply, planRevocation, revoke };
}
