/** The cluster of the measurements. The function's role is mapped, and nothing else is active in the cluster. */
import { readFileSync } from "node:fs";
import type { RealBackend } from "../../test/e2e/backend/index.ts";

/** The function's role; a role that is mapped without rights; a role without a mapping. */
export const roles = {
  permitted: "eks-lambda-bench",
  forbidden: "eks-lambda-bench-forbidden",
  unmapped: "eks-lambda-bench-unmapped",
} as const;
export type RoleName = (typeof roles)[keyof typeof roles];
const deployments = "/apis/apps/v1/namespaces/default/deployments";
const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";

/** Writes what `eks-lambda setup` writes: the mapping, and the right to create Deployments. */
export async function letIn(backend: RealBackend): Promise<void> {
  const { account } = backend;
  const entry = (role: RoleName, username: string) =>
    `- rolearn: arn:aws:iam::${account}:role/${role}\n  username: ${username}\n`;
  await write(backend, "/api/v1/namespaces/kube-system/configmaps", {
    metadata: { name: "aws-auth" },
    data: { mapRoles: entry(roles.permitted, "lambda") + entry(roles.forbidden, "nobody") },
  });
  await permit(backend, "lambda-create-deployments", "create");
}

/** Gives the function's user a right to Deployments. */
export async function permit(backend: RealBackend, name: string, verb: "create" | "patch"): Promise<void> {
  const apiGroup = "rbac.authorization.k8s.io";
  await write(backend, `${rbac}/roles`, {
    metadata: { name },
    rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: [verb] }],
  });
  await write(backend, `${rbac}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup, kind: "Role", name },
    subjects: [{ apiGroup, kind: "User", name: "lambda" }],
  });
}

async function write({ kube }: RealBackend, path: string, body: unknown): Promise<void> {
  const { status, body: answer } = await kube("POST", path, { body });
  if (status !== 201) throw new Error(`POST ${path}: ${status} ${JSON.stringify(answer)}`);
}

const busy = /\/(kube-controller-manager|kube-scheduler|kwok) /;

/** Stops the controllers. In EKS they run on other machines than the function. */
export const pauseControllers = (): void => signalControllers("SIGSTOP");

export const resumeControllers = (): void => signalControllers("SIGCONT");

function signalControllers(signal: NodeJS.Signals): void {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ");
  for (const pid of children) {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    if (busy.test(command)) process.kill(Number(pid), signal);
  }
}

/** Deletes all Deployments. Returns their number. */
export async function removeDeployments({ kube }: RealBackend): Promise<number> {
  const { status, body } = await kube("DELETE", `${deployments}?propagationPolicy=Background`);
  if (status !== 200) throw new Error(`DELETE ${deployments}: ${status} ${JSON.stringify(body)}`);
  return body.items.length;
}
