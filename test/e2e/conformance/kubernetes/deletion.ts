/** Deletes that take time: finalizers, owners, namespaces. */
import type { Group } from "../case.ts";
import { type Ask, answerOf, type Json, kubeCases, story } from "../kube-case.ts";
import { introduce, until } from "../people.ts";
import { prepare, type Side } from "../side.ts";
import { configMap, configMaps, deployment, deployments, merge } from "./values.ts";

const held = { finalizers: ["example.com/hold"] };
const namespaces = "/api/v1/namespaces";
const replicaSets = "/apis/apps/v1/namespaces/default/replicasets";
const pods = "/api/v1/namespaces/default/pods";
const jobs = "/apis/batch/v1/namespaces/default/jobs";

const isGone = (ask: Ask, path: string) =>
  until(`${path} is gone`, async () => (await ask("GET", path)).status === 404);

/** An object that a ConfigMap owns. */
async function own(side: Side, owner: string, name: string, more: object = {}): Promise<void> {
  const { body } = await side.kube({
    method: "GET",
    path: `${configMaps}/${owner}`,
    authorization: `Bearer ${await side.token("administrator")}`,
  });
  const { uid } = (body as Json).metadata;
  const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: owner, uid, ...more }];
  await prepare(side, "POST", configMaps, configMap(name, { ownerReferences }));
}

/** Deletes an owner, and reports what happened to its dependents. */
const ownerCase = (policy: string | undefined) =>
  story({
    name: `delete an owner: ${policy ?? "no policy"}`,
    request: "`DELETE` of a ConfigMap that owns another",
    async tell(ask, side) {
      await prepare(side, "POST", configMaps, configMap("owner"));
      await own(side, "owner", "owned", { blockOwnerDeletion: true });
      const answer = await ask("DELETE", `${configMaps}/owner`, policy && { propagationPolicy: policy });
      await isGone(ask, `${configMaps}/owner`);
      const isKept = policy === "Orphan";
      if (!isKept) await isGone(ask, `${configMaps}/owned`);
      const left = await ask("GET", `${configMaps}/owned`);
      const owners = (left.body as Json).metadata?.ownerReferences;
      await ask("DELETE", `${configMaps}/owned`);
      const { kind, metadata } = answer.body as Json;
      const { finalizers, deletionGracePeriodSeconds: grace } = metadata;
      const told = `${kind} ${finalizers} ${grace} | ${left.status} ${owners}`;
      return { status: answer.status, reason: "", message: told };
    },
  });

export const deletions: Group = {
  title: "Deletes",
  intro: "What waits, what is deleted with it, and what stays.",
  async prepare(side) {
    await introduce(side);
    await prepare(side, "POST", configMaps, configMap("given"));
  },
  cases: [
    ...kubeCases([
      {
        name: "an unknown propagation policy",
        method: "DELETE",
        path: `${configMaps}/given`,
        body: { propagationPolicy: "Sideways" },
      },
      { name: "options of another kind", method: "DELETE", path: `${configMaps}/given`, body: { kind: "Secret" } },
      { name: "an unknown dry run", method: "DELETE", path: `${configMaps}/given`, body: { dryRun: ["Some"] } },
      {
        name: "dry run: delete all objects with a label",
        method: "DELETE",
        path: `${configMaps}?labelSelector=none&dryRun=All`,
        shows: ["kind", "items"],
      },
    ]),
    story({
      name: "an object with a finalizer stays until the finalizer is removed",
      request: "`DELETE`, again, then a merge patch",
      async tell(ask, side) {
        await prepare(side, "POST", configMaps, configMap("held", held));
        const first = (await ask("DELETE", `${configMaps}/held`)).body as Json;
        const again = await ask("DELETE", `${configMaps}/held`);
        const patched = await ask("PATCH", `${configMaps}/held`, { metadata: { finalizers: null } }, merge);
        const left = await ask("GET", `${configMaps}/held`);
        const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = first.metadata;
        const told = [first.kind, Boolean(deletionTimestamp), deletionGracePeriodSeconds, finalizers, again.status];
        return { status: patched.status, reason: "", message: `${told} | ${left.status}` };
      },
    }),
    ownerCase(undefined),
    ownerCase("Background"),
    ownerCase("Foreground"),
    ownerCase("Orphan"),
    story({
      name: "an object whose owner does not exist is deleted",
      request: "`POST` of a ConfigMap with an owner that does not exist",
      async tell(ask) {
        const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "none", uid: "none" }];
        const { status } = await ask("POST", configMaps, configMap("orphan", { ownerReferences }));
        await isGone(ask, `${configMaps}/orphan`);
        return { status, reason: "", message: "then it is gone" };
      },
    }),
    story({
      name: "a Deployment's ReplicaSets and Pods are deleted with it",
      request: "`DELETE` of a Deployment, in the foreground",
      async tell(ask) {
        await ask("POST", deployments, deployment("doomed", { replicas: 1 }));
        await until("it has a Pod", async () => ((await ask("GET", pods)).body as Json).items.length > 0);
        const { status, body } = await ask("DELETE", `${deployments}/doomed`, { propagationPolicy: "Foreground" });
        await isGone(ask, `${deployments}/doomed`);
        const left = [await ask("GET", replicaSets), await ask("GET", pods)].map(
          (one) => (one.body as Json).items.length,
        );
        return { status, reason: "", message: `${(body as Json).metadata.finalizers} | ${left}` };
      },
    }),
    story({
      name: "a Job's Pods stay by default",
      request: "`DELETE` of a Job, without a policy",
      async tell(ask) {
        const template = { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "any" }] } };
        await ask("POST", jobs, { metadata: { name: "left" }, spec: { template } });
        const selected = `${pods}?labelSelector=job-name%3Dleft`;
        await until("it has a Pod", async () => ((await ask("GET", selected)).body as Json).items.length > 0);
        const { status, body } = await ask("DELETE", `${jobs}/left`);
        await isGone(ask, `${jobs}/left`);
        const { items } = (await ask("GET", selected)).body as Json;
        const told = `${(body as Json).metadata.finalizers} | ${items.length} ${items[0]?.metadata.ownerReferences}`;
        await ask("DELETE", `${pods}/${items[0]?.metadata.name}`, { gracePeriodSeconds: 0 });
        return { status, reason: "", message: told };
      },
    }),
    story({
      name: "a namespace with a finalizer",
      request: "`DELETE`, a label, then no finalizer",
      async tell(ask) {
        const path = `${namespaces}/held`;
        const change = (metadata: object) => ask("PATCH", path, { metadata }, merge);
        await ask("POST", namespaces, { metadata: { name: "held", ...held } });
        await ask("DELETE", path);
        const isEmpty = async () => !((await ask("GET", path)).body as Json).spec?.finalizers;
        await until("it is empty", isEmpty);
        const told = [await change({ labels: { a: "b" } }), await ask("GET", path), await change({ finalizers: null })];
        const last = await ask("GET", path);
        const shown = [...told, last].map(({ status, body }) => `${status} ${(body as Json).status?.phase}`);
        return { status: last.status, reason: "", message: shown.join(", ") };
      },
    }),
    story({
      name: "finalize a namespace",
      request: "`DELETE` of a namespace with a ConfigMap that is held, `PUT …/finalize` without finalizers",
      async tell(ask) {
        const [path, inside] = [`${namespaces}/final`, `${namespaces}/final/configmaps`];
        await ask("POST", namespaces, { metadata: { name: "final" } });
        const before = await ask("PUT", `${path}/finalize`, { metadata: { name: "final" }, spec: {} });
        await ask("POST", inside, configMap("held", held));
        await ask("DELETE", path);
        const other = await ask("PUT", `${path}/finalize`, { metadata: { name: "other" }, spec: {} });
        const ended = await ask("PUT", `${path}/finalize`, { metadata: { name: "final" }, spec: {} });
        const last = await ask("GET", path);
        await ask("POST", namespaces, { metadata: { name: "final" } });
        await ask("PATCH", `${inside}/held`, { metadata: { finalizers: null } }, merge);
        await ask("DELETE", path);
        const told = [before, other, ended, last].map(({ status, body }) => `${status} ${(body as Json).reason ?? ""}`);
        return { status: last.status, reason: "", message: told.join(", ") };
      },
    }),
    story({
      name: "deleting a namespace deletes its contents",
      request: "`DELETE` of a namespace, then `POST` into it",
      async tell(ask) {
        await ask("POST", namespaces, { metadata: { name: "ending" } });
        await ask("POST", `${namespaces}/ending/configmaps`, configMap("held", held));
        const { status, body } = await ask("DELETE", `${namespaces}/ending`);
        const into = answerOf(await ask("POST", `${namespaces}/ending/configmaps`, configMap("late")));
        const free = () =>
          ask("PATCH", `${namespaces}/ending/configmaps/held`, { metadata: { finalizers: null } }, merge);
        await free();
        await isGone(ask, `${namespaces}/ending`);
        const { kind, status: phase, spec } = body as Json;
        return { ...into, message: `${status} ${kind} ${phase.phase} ${spec.finalizers} | ${into.message}` };
      },
    }),
  ],
};
