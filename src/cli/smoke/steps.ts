/** The steps of a smoke test, as tables: first those that make and try, then those that remove. To add one, add it here. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EksLambdaError } from "../../core/errors.ts";
import { pathTo } from "../../core/kube/place.ts";
import { readAwsAuth } from "../../core/mapping/aws-auth/config-map.ts";
import type { Method } from "../../core/mapping/modes.ts";
import type { Change } from "../../core/plan.ts";
import { leftOutside } from "../../core/smoke/left.ts";
import { isAsBefore, smokeAllowed, smokeKey } from "../../core/smoke/names.ts";
import { hasNamespace, leftInside, makeNamespace, removeNamespace } from "../../core/smoke/namespace.ts";
import { ownFunction } from "../../core/smoke/own-function.ts";
import { makeRole, removeRole } from "../../core/smoke/role.ts";
import { rbacNameFor } from "../../core/stack/names.ts";
import { readAssets } from "../context.ts";
import type { FlagsOf } from "../flag-table.ts";
import { inStack, refuseAnswering, stackRemoved } from "./stack.ts";
import { type At, first, type Result, type Step, second, untilLogged } from "./step.ts";
import type { SmokeTest } from "./test.ts";

const passes = ({ checks = [] }: Result): boolean => checks.length > 0 && checks.every(({ ok }) => ok);
const changed = ({ changes = [] }: Result, step: string, action: Change["action"]): boolean =>
  changes.some((one) => one.step === step && one.action === action);
const runsTwo = ({ status }: Result): boolean => status?.state === "complete" && status.replicas.readyReplicas === 2;

const allow = smokeAllowed.map(({ action, resource }) => `${action}:${resource}`);

/** Setup of the first or the second function. */
const setUp = ({ commands, flags, names }: SmokeTest, at: At, more: FlagsOf<"setup">): Promise<Result> => {
  const { functions, namespace, id } = names;
  const given = { name: functions[at].name, namespace, kubeconfig: false, tags: [`${smokeKey}=${id}`] } as const;
  return commands.setup({ ...flags, ...given, ...more });
};

/** An invocation of the first function, and of another with `name`. */
const call = ({ commands, flags, names }: SmokeTest, words: readonly string[], more: FlagsOf<"invoke">) =>
  commands.invoke<Result>(words, { ...flags, name: names.functions[first].name, ...more });

const waiting = { wait: true, timeout: "600" } as const;

export const trying: readonly Step[] = [
  { name: "namespace", what: "make the namespace", run: ({ kube, names }) => makeNamespace(kube, names) },
  { name: "role", what: "make the role for grant", run: ({ iam, names }) => makeRole(iam, names) },
  {
    name: "setup",
    what: "set up a function",
    run: (test) => setUp(test, first, { allow, ...accessOf(test.methods[0]) }),
    expected: "every check passes",
    isMet: passes,
  },
  {
    name: "doctor",
    what: "diagnose it",
    run: ({ commands, flags, names }) => commands.doctor({ ...flags, name: names.functions[first].name }),
    expected: "no link is broken",
    isMet: ({ ok }) => ok === true,
  },
  {
    name: "invoke",
    what: "create a Deployment and wait",
    run: (test) => call(test, ["create", "web"], { replicas: "2", ...waiting }),
    expected: "2 replicas are ready",
    isMet: runsTwo,
  },
  {
    name: "restart",
    what: "restart it and wait",
    run: (test) => call(test, ["restart", "deployments/web"], waiting),
    expected: "2 replicas are ready",
    isMet: runsTwo,
  },
  {
    name: "drift",
    what: "delete the RoleBinding by hand, and set up again",
    async run(test) {
      const { kube, names, place } = test;
      const name = rbacNameFor(place.cluster, names.functions[first].name, false);
      const at = {
        apiVersion: "rbac.authorization.k8s.io/v1",
        plural: "rolebindings",
        namespace: names.namespace,
        name,
      };
      await kube.request({ method: "DELETE", path: pathTo(at) });
      return setUp(test, first, {});
    },
    expected: "setup creates the RoleBinding again",
    isMet: (result) => passes(result) && changed(result, "rbac", "create"),
  },
  {
    name: "second function",
    what: "set up a second function, by the other mapping if there is one",
    run: (test) => setUp(test, second, { allow: ["status:deployments"], ...accessOf(test.methods.at(-1)) }),
    expected: "every check passes",
    isMet: passes,
  },
  {
    name: "own function",
    what: "replace it by a function of our own",
    async run(test) {
      const folder = await mkdtemp(join(tmpdir(), "eks-lambda-smoke-"));
      try {
        const entry = join(folder, "own.cjs");
        await writeFile(entry, ownFunction((await readAssets()).code));
        await setUp(test, second, { entry });
        return await call(test, [], { name: test.names.functions[second].name, event: '{"see":"web"}' });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    expected: "it sees the Deployment",
    isMet: ({ saw }) => saw === "web",
  },
  {
    name: "grant",
    what: "grant a right to the role",
    run: ({ commands, flags, names: { roleArn: role, namespace } }) =>
      commands.grant({ ...flags, role, allow: [`get configmaps @${namespace}`] }),
    expected: "the cluster says that the role has it",
    isMet: passes,
  },
  {
    name: "logs",
    what: "read the log",
    run: (test, waiting) => untilLogged(test, { of: first, isEnough: (lines) => lines.length > 0 }, waiting),
    expected: "it has events",
    isMet: ({ lines = [] }) => lines.length > 0,
  },
  ...inStack,
];

const accessOf = (access: Method | undefined) => (access === undefined ? {} : { access });

const tornDown = (at: At) => (test: SmokeTest) => {
  const { commands, flags, names } = test;
  const { name } = names.functions[at];
  const given = { name, namespace: names.namespace, workloads: true, kubeconfig: false } as const;
  return commands.teardown({ ...flags, ...given });
};

/** Each also succeeds if there is nothing to remove, so that `--clean` goes on where a test was killed. */
export const removing: readonly Step[] = [
  {
    name: "revoke",
    what: "revoke the right",
    run: ({ commands, flags, names }) => commands.revoke({ ...flags, role: names.roleArn }),
  },
  stackRemoved,
  {
    name: "teardown of the second function",
    what: "tear it down",
    run: async (test) => refuseAnswering(test).then(() => tornDown(second)(test)),
  },
  { name: "teardown", what: "tear the first function down", run: tornDown(first) },
  { name: "role removed", what: "delete the role", run: ({ iam, names }) => removeRole(iam, names) },
  {
    name: "nothing in the namespace",
    what: "look for RBAC and Deployments",
    run: async ({ kube, names }) => refuseLeft(await leftInside(kube, names)),
  },
  {
    name: "namespace removed",
    what: "delete the namespace",
    async run(test, waiting) {
      // By it, --clean finds the rest.
      refuseLeft(await leftOutside(test, test.names));
      await removeNamespace(test, test.names, waiting);
    },
  },
  {
    name: "nothing left",
    what: "look for stacks, functions, roles, logs, access entries and the text of aws-auth",
    async run(test) {
      const { kube, mode, names, before } = test;
      refuseLeft(await leftOf(test));
      if (!before || !mode.readsAwsAuth) return;
      if (!isAsBefore(before.mapRoles, (await readAwsAuth(kube))?.data?.mapRoles, names))
        refuseLeft(["aws-auth is not as it was before; someone else may have changed it meanwhile"]);
    },
  },
];

/** Everything of a smoke test that is still there. */
export async function leftOf(test: SmokeTest): Promise<readonly string[]> {
  const { kube, names } = test;
  const namespace = (await hasNamespace(kube, names)) ? [`namespace ${names.namespace}`] : [];
  return [...(await leftOutside(test, names)), ...namespace];
}

function refuseLeft(left: readonly string[]): void {
  if (left.length > 0) throw new EksLambdaError("SmokeFailed", `left: ${left.join(", ")}`);
}
