/** What the model drives: setup, teardown and restore as their commands run them, and everything else that happens. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateAccessEntryCommand, EKSClient } from "@aws-sdk/client-eks";
import { vi } from "vitest";
import type { Flags } from "../../../src/cli/flag-table.ts";
import { asAnswered } from "../../../src/core/actions/function-error.ts";
import { lambda } from "../../../src/core/aws/lambda.ts";
import { callerConnection, callerKube } from "../../../src/core/connection/caller.ts";
import { checkFunction } from "../../../src/core/doctor/self-check.ts";
import { EksLambdaError } from "../../../src/core/errors.ts";
import type { GrantContext } from "../../../src/core/grant/context.ts";
import { declaredNeeds } from "../../../src/core/grant/declared.ts";
import { planGrant, planRevoke } from "../../../src/core/grant/plan.ts";
import { proveGrant } from "../../../src/core/grant/proof.ts";
import { backupFolder, readBackups } from "../../../src/core/mapping/aws-auth/backups.ts";
import { planRestore } from "../../../src/core/mapping/aws-auth/restore.ts";
import type { Intent, Waiting } from "../../../src/core/plan.ts";
import type { Context } from "../../../src/core/setup/context.ts";
import { leftoversOf } from "../../../src/core/setup/leftovers.ts";
import { applyOrUndo } from "../../../src/core/setup/reversible.ts";
import { applyAll, planAll } from "../../../src/core/setup/steps/index.ts";
import { readCluster } from "../../../src/core/setup/target.ts";
import { createHandler } from "../../../src/lambda/handler.ts";
import type { SandboxOptions } from "../../../src/sandbox/index.ts";
import { configMaps } from "../support/sandbox.ts";
import { brief, type Given, useSetup } from "../support/setup-in-process.ts";
import { arnOf } from "./seen.ts";

/** Refused while planning, or while applying the plan. */
export type Outcome = "done" | "killed" | { readonly refused: EksLambdaError; readonly while: "planning" | "applying" };

export type Mode = NonNullable<SandboxOptions["authenticationMode"]>;

/** What there is before the first command. */
export interface Start {
  readonly mode: Mode;
  /** The text of `mapRoles`. `undefined`: there is no ConfigMap. */
  readonly mapRoles: string | undefined;
}

/** The functions run in this process: a process for each takes longer than all else. */
const runtime: SandboxOptions["runtime"] = (environment) => {
  const handler = createHandler({ environment });
  return async (event, awsRequestId) => {
    try {
      const result = await handler(event, { awsRequestId, getRemainingTimeInMillis: () => 30_000 });
      return { failed: false, payload: JSON.stringify(result) };
    } catch (error) {
      return { failed: true, payload: JSON.stringify(asAnswered(error as Error)) };
    }
  };
};

/** Sleeping is only seen in the time. The sandbox's clock stays right, for signatures. */
function skippingClock() {
  let skipped = 0;
  return {
    now: () => Date.now() + skipped,
    async sleep(ms: number): Promise<void> {
      skipped += ms;
      await new Promise(setImmediate);
    },
  };
}

const camelCase = (flag: string): string => flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
const waiting = () => {};
const managed = { "app.kubernetes.io/managed-by": "eks-lambda" };
const progress = { during: <T>(_: string, work: (waiting: () => void) => Promise<T>) => work(waiting) };

/** A role, and the rules of `--allow`. */
export interface Grant {
  readonly role: string;
  readonly allow: readonly string[];
}

export type World = Awaited<ReturnType<ReturnType<typeof useWorld>>>;

export function useWorld() {
  const { sandbox, kube, token, client, home, contextOf, ports } = useSetup({ runtime });

  async function open(given: Start) {
    vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
    sandbox().reset();
    // Each run opens its own connections, and hundreds of sequences reach the limit of open files.
    sandbox().closeIdleConnections();
    await sleep(5);
    sandbox().describe(sandbox().cluster.name, { authenticationMode: given.mode });
    for (const entry of [".kube", ".local"]) await rm(join(home(), entry), { recursive: true, force: true });
    const clock = skippingClock();
    const context = async (intent: Intent, flags: Given): Promise<Context> => ({
      ...(await contextOf(intent, flags)),
      clock,
    });
    async function grantContext(): Promise<GrantContext> {
      const { sts, eks, iam } = ports();
      const { cluster, region } = sandbox();
      const [read, caller] = await Promise.all([readCluster(eks, cluster.name, region), sts.identity()]);
      const connection = await callerConnection({ sts, region }, read, { kubeconfigs: [] });
      const environment = { HOME: home(), PATH: "" };
      return {
        ...{ cluster: read, region, caller, eks, iam, environment, clock },
        kube: callerKube(connection, caller.arn),
      };
    }
    /** A request of the administrator's. Throws if it is refused. */
    async function admin(method: string, path: string, body?: unknown) {
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
      const answer = await kube(method, path, { body, type });
      if (answer.status === 404 && method !== "POST") return undefined;
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    }
    /** `killAfter`: the run's last request, counted from 1. */
    async function outcome(
      killAfter: number | undefined,
      work: (planned: () => void) => Promise<unknown>,
    ): Promise<Outcome> {
      const { faults } = sandbox();
      let isPlanned = false;
      faults.killAfter = killAfter ?? Number.POSITIVE_INFINITY;
      try {
        await work(() => {
          isPlanned = true;
        });
        return faults.killAfter <= 0 ? "killed" : "done";
      } catch (error) {
        if (!(error instanceof EksLambdaError)) throw error;
        if (faults.killAfter <= 0) return "killed";
        return { refused: error, while: isPlanned ? "applying" : "planning" };
      } finally {
        faults.killAfter = Number.POSITIVE_INFINITY;
      }
    }
    const world = {
      ...{ sandbox, client, admin, kube, token },
      setup: (flags: Flags, killAfter?: number) =>
        outcome(killAfter, async (isPlanned) => {
          const { target, ...ports } = await context("present", flags);
          const planned = await planAll({ target, ...ports }, "present");
          isPlanned();
          await applyOrUndo(
            planned.filter(({ late }) => !late),
            { progress },
          );
          const functions = lambda({ region: target.region });
          const checks = await checkFunction({
            lambda: functions,
            functionName: target.functionName,
            origin: "stock",
            clock,
            waiting,
          });
          const failed = checks.filter(({ ok }) => !ok).map(({ name }) => name);
          if (failed.length > 0) throw new EksLambdaError("ChecksFailed", failed.join(", "));
          await applyAll(
            planned.filter(({ late }) => late),
            progress,
          );
        }),
      teardown: (flags: Given, killAfter?: number) =>
        outcome(killAfter, async (isPlanned) => {
          const planned = await planAll(await context("absent", flags), "absent");
          isPlanned();
          await applyAll(planned, progress);
        }),
      /** The flags of the command that `teardown --aws-only` prints. */
      async left(flags: Flags): Promise<Flags> {
        const left = await leftoversOf(await context("absent", { ...flags, awsOnly: true }));
        const command = String(left?.commands[0] ?? "");
        const given = [...command.matchAll(/ --(\S+) (\S+)/g)].map(([, name = "", value]) => [camelCase(name), value]);
        const { cluster, region, ...chosen } = Object.fromEntries(given);
        return chosen;
      },
      grant: ({ role, allow }: Grant, killAfter?: number) =>
        outcome(killAfter, async (isPlanned) => {
          const needs = declaredNeeds(allow, "default");
          const opened = await grantContext();
          const planned = await planGrant(opened, { roleArn: arnOf(role), needs, shareUsername: false });
          isPlanned();
          const proof = (waiting: Waiting) => proveGrant(opened, { ...planned, needs }, waiting).then(() => {});
          await applyOrUndo(planned.planned, { progress, proof });
          await applyAll(planned.late, progress);
        }),
      revoke: (role: string, killAfter?: number) =>
        outcome(killAfter, async (isPlanned) => {
          const { planned } = await planRevoke(await grantContext(), arnOf(role));
          isPlanned();
          await applyAll(planned, progress);
        }),
      /** What another run of grant would change; without `allow`, of revoke. */
      async grantChanges({ role, allow }: Pick<Grant, "role"> & Partial<Grant>): Promise<readonly string[]> {
        const opened = await grantContext();
        const { planned, late } =
          allow === undefined
            ? { ...(await planRevoke(opened, arnOf(role))), late: [] }
            : await planGrant(opened, {
                ...{ roleArn: arnOf(role), shareUsername: false },
                needs: declaredNeeds(allow, "default"),
              });
        return [...planned, ...late].filter(({ apply }) => apply).map(({ change }) => brief(change));
      },
      /** What another run would change. */
      async changes(intent: Intent, flags: Given): Promise<readonly string[]> {
        const planned = await planAll(await context(intent, flags), intent);
        return planned.filter(({ apply }) => apply).map(({ change }) => brief(change));
      },
      /** The backup that is `back` writes old. False if there is none. */
      async restore(back: number, killAfter?: number): Promise<Outcome> {
        const { kube: api, target, environment } = await context("absent", {});
        const { account } = target.caller;
        const place = { account, region: target.region, cluster: target.cluster.name };
        const folder = backupFolder(environment, place);
        const backups = await readBackups(folder);
        const backup = backups[back % Math.max(backups.length, 1)];
        if (!api || !backup) return "done";
        return outcome(killAfter, async (isPlanned) => {
          const restoration = await planRestore({ kube: api, clock, folder }, backup);
          isPlanned();
          await restoration?.apply();
        });
      },
      invoke: (functionName: string, event: unknown) =>
        outcome(undefined, async () => {
          const { failed, payload } = await lambda({ region: sandbox().region }).invoke(functionName, event);
          if (failed) throw new EksLambdaError("FunctionFailed", JSON.stringify(payload));
        }),
      kubeconfig: (): Promise<string> => readFile(join(home(), ".kube", "config"), "utf8").catch(() => ""),
      /** Someone else writes aws-auth. */
      async writeMapRoles(mapRoles: string | undefined): Promise<void> {
        const path = `${configMaps}/aws-auth`;
        const found = await admin("GET", path);
        if (mapRoles === undefined) await admin("DELETE", path);
        else if (found) await admin("PATCH", path, { data: { mapRoles } });
        else
          await admin("POST", configMaps, {
            metadata: { name: "aws-auth", namespace: "kube-system" },
            data: { mapRoles },
          });
      },
      mapRoles: async (): Promise<string | undefined> => (await admin("GET", `${configMaps}/aws-auth`))?.data?.mapRoles,
    };
    return world;
  }
  /** What others have: objects, some with the marks of another account's function, roles and an access entry. */
  async function prepareOthers({ admin }: Awaited<ReturnType<typeof open>>, { mode }: Start): Promise<void> {
    const apiGroup = "rbac.authorization.k8s.io";
    const rbac = `/apis/${apiGroup}/v1/namespaces/default`;
    const metadata = { name: "theirs", annotations: { "eks-lambda/owner": "111122223333/us-east-1/eks-lambda-demo" } };
    const marked = { ...metadata, labels: { ...managed, "eks-lambda/owner": "0123456789abcdef0123456789abcdef" } };
    const roleRef = { apiGroup, kind: "Role", name: "theirs" };
    const rules = [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] }];
    await admin("POST", `${rbac}/roles`, { metadata: marked, rules });
    const subjects = [{ apiGroup, kind: "User", name: "them" }];
    await admin("POST", `${rbac}/rolebindings`, { metadata: { name: "theirs" }, roleRef, subjects });
    for (const one of [marked, { name: "web" }]) {
      const [labels, containers] = [{ app: one.name }, [{ name: "web", image: "nginx" }]];
      const template = { metadata: { labels }, spec: { containers } };
      const spec = { replicas: 0, selector: { matchLabels: labels }, template };
      await admin("POST", "/apis/apps/v1/namespaces/default/deployments", { metadata: one, spec });
    }
    for (const role of ["nodes", "ci"]) sandbox().assumeRole(role);
    if (mode === "CONFIG_MAP") return;
    const entry = { clusterName: sandbox().cluster.name, principalArn: "arn:aws:iam::123456789012:role/nodes" };
    await new EKSClient(client()).send(new CreateAccessEntryCommand({ ...entry, username: "nodes" }));
  }
  return async (given: Start) => {
    const world = await open(given);
    await prepareOthers(world, given);
    if (given.mapRoles !== undefined) await world.writeMapRoles(given.mapRoles);
    return world;
  };
}
