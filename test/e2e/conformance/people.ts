/** Callers of the API server: roles that aws-auth maps, except `unmapped`. */
import { setTimeout as sleep } from "node:timers/promises";
import { prepare, type Side } from "./side.ts";

export const rbac = "/apis/rbac.authorization.k8s.io/v1";
export const apiGroup = "rbac.authorization.k8s.io";
const configMaps = "/api/v1/namespaces/kube-system/configmaps";

export const roleArn = (side: Side, name: string): string => `arn:aws:iam::${side.backend.account}:role/${name}`;

/** Replaces aws-auth, or creates it. */
export async function putAwsAuth(side: Side, data: Readonly<Record<string, string>>): Promise<void> {
  const authorization = `Bearer ${await side.token("administrator")}`;
  const body = { metadata: { name: "aws-auth" }, data };
  const { status } = await side.kube({ method: "PUT", path: `${configMaps}/aws-auth`, body, authorization });
  if (status === 404) await prepare(side, "POST", configMaps, body);
}

/** A caller's user name in the cluster. Empty if the cluster refuses the caller. */
export async function nameOf(side: Side, person: string): Promise<string> {
  const answer = await side.kube({
    method: "POST",
    path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    body: {},
    authorization: `Bearer ${await side.token(person)}`,
  });
  const { status } = answer.body as { status: { userInfo?: { username: string } } };
  return status.userInfo?.username ?? "";
}

/** Waits until the authenticator has read a change. */
export const isKnown = (side: Side, person: string, username: string): Promise<void> =>
  until(`${person} is known as "${username}"`, async () => (await nameOf(side, person)) === username);

/** Repeats the request for up to 20 seconds. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`it never came that ${what}`);
    await sleep(20);
  }
}

/** `stranger` has no rights of its own. `writer` may write everything that setup writes, but does not hold the rights that it grants. */
export async function introduce(side: Side): Promise<void> {
  const entries = ["stranger", "writer"].map((name) => `- rolearn: ${roleArn(side, name)}\n  username: ${name}\n`);
  await putAwsAuth(side, { mapRoles: entries.join("") });
  const resources = ["configmaps", "roles", "rolebindings", "clusterroles"];
  const metadata = { name: "writer" };
  const rules = [{ apiGroups: ["", apiGroup], resources, verbs: ["get", "create", "update", "patch", "delete"] }];
  await prepare(side, "POST", `${rbac}/clusterroles`, { metadata, rules });
  await prepare(side, "POST", `${rbac}/clusterrolebindings`, {
    metadata,
    roleRef: { apiGroup, kind: "ClusterRole", name: "writer" },
    subjects: [{ apiGroup, kind: "User", name: "writer" }],
  });
  await isKnown(side, "writer", "writer");
  await isKnown(side, "stranger", "stranger");
  await until("the writer may", async () => (await readsAwsAuth(side, "writer")) === 200);
}

async function readsAwsAuth(side: Side, person: string): Promise<number> {
  const authorization = `Bearer ${await side.token(person)}`;
  return (await side.kube({ method: "GET", path: `${configMaps}/aws-auth`, authorization })).status;
}
