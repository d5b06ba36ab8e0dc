/** Claims, the volumes that they are bound to, and the Pods that wait for them. */
import type { Answer, Group } from "../case.ts";
import { type Ask, type Json, kubeCases, story } from "../kube-case.ts";
import { introduce, until } from "../people.ts";
import { prepare } from "../side.ts";
import { merge } from "./values.ts";

const claims = "/api/v1/namespaces/default/persistentvolumeclaims";
const volumes = "/api/v1/persistentvolumes";
const classes = "/apis/storage.k8s.io/v1/storageclasses";
const pods = "/api/v1/namespaces/default/pods";
const sets = "/apis/apps/v1/namespaces/default/statefulsets";

const claimSpec = (storageClassName: string, storage = "1Gi") => ({
  accessModes: ["ReadWriteOnce"],
  storageClassName,
  resources: { requests: { storage } },
});
const claim = (name: string, storageClassName: string, storage?: string) => ({
  metadata: { name },
  spec: claimSpec(storageClassName, storage),
});
const volume = (name: string, storageClassName: string, policy: string) => ({
  metadata: { name },
  spec: {
    accessModes: ["ReadWriteOnce"],
    capacity: { storage: "2Gi" },
    persistentVolumeReclaimPolicy: policy,
    storageClassName,
    nfs: { server: "files", path: "/" },
  },
});
const pod = (name: string, claimName: string) => ({
  metadata: { name },
  spec: {
    containers: [{ name: "main", image: "any", volumeMounts: [{ name: "data", mountPath: "/data" }] }],
    volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
  },
});

const ephemeral = (name: string, spec: object | undefined = claimSpec("now")) => ({
  metadata: { name },
  spec: {
    ...{ terminationGracePeriodSeconds: 0, automountServiceAccountToken: false },
    containers: [{ name: "main", image: "any", volumeMounts: [{ name: "data", mountPath: "/data" }] }],
    volumes: [
      {
        name: "data",
        ephemeral: { volumeClaimTemplate: { metadata: { labels: { a: "b" }, annotations: { c: "d" } }, spec } },
      },
    ],
  },
});

/** The two backends have their fields in different orders. */
const text = (value: unknown): string =>
  JSON.stringify(value, (_, one) =>
    one && typeof one === "object" && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([left], [right]) => left.localeCompare(right)))
      : one,
  );

const answer = (...told: readonly unknown[]): Answer => ({
  status: 200,
  reason: "",
  message: told.map((one) => (typeof one === "string" ? one : text(one))).join(" | "),
});

async function settled(ask: Ask, path: string, isSettled: (object: Json, status: number) => boolean): Promise<Json> {
  let seen: Json;
  await until(`${path} has settled`, async () => {
    const { body, status } = await ask("GET", path);
    seen = body;
    return isSettled(body, status);
  }).catch((cause) => {
    throw new Error(`${path} has not settled: ${JSON.stringify(seen)}`, { cause });
  });
  return seen;
}
const isBound = ({ status }: Json) => status.phase === "Bound";
const isGone = (_: Json, status: number) => status === 404;
const isPhase = (phase: string) => (object: Json) => object.status.phase === phase;

/** Makes a volume and a claim of one name, which are bound to each other. */
async function bound(ask: Ask, name: string, policy: string): Promise<void> {
  await ask("POST", volumes, volume(name, name, policy));
  await settled(ask, `${volumes}/${name}`, isPhase("Available"));
  await ask("POST", claims, claim(name, name));
  await settled(ask, `${claims}/${name}`, isBound);
}

/** The Event of a reason about an object. */
async function told(ask: Ask, name: string, reason: string): Promise<string> {
  const path = `/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3D${name},reason%3D${reason}`;
  const { items } = await settled(ask, path, (list) => list.items.length > 0);
  const [{ type, message, involvedObject }] = items;
  return `${type} ${involvedObject.kind} ${message}`;
}

/** All Events about an object. */
async function toldAll(ask: Ask, name: string): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3D${name}`;
  const { items } = (await ask("GET", path)).body as Json;
  return items.map(({ reason, message }: Json) => `${reason}: ${message}`).toSorted();
}

/** What a claim says once it is bound; the hostPath plugin of the real backend has other words for a provisioner. */
const shown = ({ metadata, spec, status }: Json): string =>
  text({
    finalizers: metadata.finalizers,
    annotations: Object.keys(metadata.annotations ?? {}).toSorted(),
    spec: { ...spec, volumeName: /^pvc-/.test(spec.volumeName ?? "") ? "pvc-…" : spec.volumeName },
    status,
  });
const shownVolume = ({ metadata, spec, status }: Json): string => {
  const { uid, resourceVersion, ...claimRef } = spec.claimRef ?? {};
  const { hostPath, csi, ...rest } = spec;
  const { lastPhaseTransitionTime, ...phase } = status;
  const isProtected = metadata.finalizers.includes("kubernetes.io/pv-protection");
  return text({ isProtected, spec: { ...rest, claimRef }, status: phase });
};

const stories = [
  story({
    name: "a claim that is bound to the smallest volume that fits",
    request: "`POST` of two PersistentVolumes and a PersistentVolumeClaim",
    async tell(ask) {
      const larger = volume("larger", "files", "Retain");
      await ask("POST", volumes, { ...larger, spec: { ...larger.spec, capacity: { storage: "3Gi" } } });
      await ask("POST", volumes, volume("smaller", "files", "Retain"));
      await settled(ask, `${volumes}/smaller`, isPhase("Available"));
      await settled(ask, `${volumes}/larger`, isPhase("Available"));
      await ask("POST", claims, claim("files", "files"));
      const files = await settled(ask, `${claims}/files`, isBound);
      const given = await settled(ask, `${volumes}/smaller`, isBound);
      return answer(shown(files), shownVolume(given));
    },
  }),
  story({
    name: "a volume that is kept after its claim",
    request: "`DELETE` of the claim",
    async tell(ask) {
      await ask("DELETE", `${claims}/files`);
      await settled(ask, `${claims}/files`, isGone);
      return answer(shownVolume(await settled(ask, `${volumes}/smaller`, isPhase("Released"))));
    },
  }),
  story({
    name: "a volume that is to be deleted with its claim, without a driver",
    request: "`DELETE` of the claim of a volume that no provisioner made",
    async tell(ask) {
      await bound(ask, "manual", "Delete");
      await ask("DELETE", `${claims}/manual`);
      return answer(shownVolume(await settled(ask, `${volumes}/manual`, isPhase("Failed"))));
    },
  }),
  story({
    name: "a bound volume is not deleted before its claim",
    request: "`DELETE` of the volume, then of the claim",
    async tell(ask) {
      await bound(ask, "held", "Retain");
      await ask("DELETE", `${volumes}/held`);
      const { metadata } = (await ask("GET", `${volumes}/held`)).body as Json;
      await ask("DELETE", `${claims}/held`);
      await settled(ask, `${volumes}/held`, isGone);
      return answer(metadata.finalizers, Boolean(metadata.deletionTimestamp));
    },
  }),
  story({
    name: "a claim without a class, where there is no default one",
    request: "`POST` of a claim without `storageClassName`, and its Event",
    async tell(ask) {
      const { storageClassName, ...spec } = claimSpec("none");
      await ask("POST", claims, { metadata: { name: "classless" }, spec });
      const event = await told(ask, "classless", "FailedBinding");
      return answer(event, shown((await ask("GET", `${claims}/classless`)).body as Json));
    },
  }),
  story({
    name: "a claim whose class does not exist",
    request: "`POST` of a claim, and its Event",
    async tell(ask) {
      await ask("POST", claims, claim("strange", "unknown"));
      return answer(await told(ask, "strange", "ProvisioningFailed"));
    },
  }),
  story({
    name: "a claim that is provisioned at once, and its volume deleted with it",
    request: "`POST` of a claim of a class with `Immediate`, then `DELETE`",
    async tell(ask) {
      await ask("POST", claims, claim("quick", "now"));
      const bound = await settled(ask, `${claims}/quick`, isBound);
      const path = `${volumes}/${bound.spec.volumeName}`;
      const made = await settled(ask, path, isBound);
      await ask("DELETE", `${claims}/quick`);
      await settled(ask, path, isGone);
      return answer(shown(bound), shownVolume(made));
    },
  }),
  story({
    name: "a claim that waits for its first Pod, and is kept while the Pod uses it",
    request: "`POST` of a claim of a class with `WaitForFirstConsumer`, then of a Pod; `DELETE` of both",
    async tell(ask) {
      await ask("POST", claims, claim("late", "later"));
      const event = await told(ask, "late", "WaitForFirstConsumer");
      await ask("POST", pods, pod("consumer", "late"));
      const bound = await settled(ask, `${claims}/late`, isBound);
      await settled(ask, `${pods}/consumer`, isPhase("Running"));
      await ask("DELETE", `${claims}/late`);
      const { metadata } = (await ask("GET", `${claims}/late`)).body as Json;
      await ask("DELETE", `${pods}/consumer`, { gracePeriodSeconds: 0 });
      await settled(ask, `${claims}/late`, isGone);
      return answer(event, shown(bound), metadata.finalizers, Boolean(metadata.deletionTimestamp));
    },
  }),
  story({
    name: "the default class",
    request: "`POST` of a class with the annotation, and of a claim that names none",
    async tell(ask) {
      const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
      await ask("POST", classes, {
        metadata: { name: "usual", annotations },
        provisioner: "kubernetes.io/host-path",
        volumeBindingMode: "WaitForFirstConsumer",
      });
      const { storageClassName, ...spec } = claimSpec("none");
      // The API server's plugin learns of the class a moment later.
      await until("the class is known", async () => {
        const { body } = await ask("POST", `${claims}?dryRun=All`, { metadata: { name: "usual" }, spec });
        return (body as Json).spec.storageClassName === "usual";
      });
      const { body } = await ask("POST", claims, { metadata: { name: "usual" }, spec });
      const created = (body as Json).spec;
      await ask("DELETE", `${classes}/usual`);
      return answer(created);
    },
  }),
  story({
    name: "a Pod whose claim does not exist, then does",
    request: "`POST` of a Pod, then of its claim",
    async tell(ask) {
      await ask("POST", pods, pod("waits", "missing"));
      const event = await told(ask, "waits", "FailedScheduling");
      const waiting = (await ask("GET", `${pods}/waits`)).body as Json;
      await ask("POST", claims, claim("missing", "now"));
      const running = await settled(ask, `${pods}/waits`, isPhase("Running"));
      const { type, status, reason, message } = waiting.status.conditions[0];
      return answer(event, { type, status, reason, message }, waiting.status.phase, running.status.phase);
    },
  }),
  story({
    name: "a Pod whose claim is not bound",
    request: "`POST` of a Pod, and its Event",
    async tell(ask) {
      await ask("POST", pods, pod("unbound", "classless"));
      return answer(await told(ask, "unbound", "FailedScheduling"));
    },
  }),
  story({
    name: "a StatefulSet with templates of claims; its claims are kept",
    request: "`POST` of a StatefulSet, scaled down, then deleted",
    async tell(ask) {
      await ask("POST", sets, set("disks", {}));
      const path = `${sets}/disks`;
      const isReady = ({ status }: Json) => status.readyReplicas === 2;
      const ready = await settled(ask, path, isReady);
      const own = `${claims}?labelSelector=app%3Ddisks`;
      const made = ((await ask("GET", own)).body as Json).items;
      const { spec } = (await ask("GET", `${pods}/disks-1`)).body as Json;
      await ask("PATCH", `${path}/scale`, { spec: { replicas: 1 } }, merge);
      await settled(ask, `${pods}/disks-1`, isGone);
      await ask("DELETE", path);
      await settled(ask, `${pods}/disks-0`, isGone);
      const left = ((await ask("GET", own)).body as Json).items;
      return answer(
        ready.spec.volumeClaimTemplates,
        made.map(({ metadata }: Json) => [metadata.name, metadata.labels, metadata.ownerReferences ?? []]),
        spec.volumes[0],
        left.map(({ metadata, status }: Json) => [metadata.name, status.phase]),
        (await toldAll(ask, "disks")).filter((one) => /Create|Delete/.test(one)),
      );
    },
  }),
  story({
    name: "persistentVolumeClaimRetentionPolicy",
    request: "`POST` of a StatefulSet whose claims go with it, scaled down, then deleted",
    async tell(ask) {
      const policy = { whenScaled: "Delete", whenDeleted: "Delete" };
      await ask("POST", sets, set("own", { persistentVolumeClaimRetentionPolicy: policy }));
      const path = `${sets}/own`;
      await settled(ask, path, ({ status }: Json) => status.readyReplicas === 2);
      const { metadata } = await settled(ask, `${claims}/data-own-0`, (one) => one.metadata.ownerReferences);
      await ask("PATCH", `${path}/scale`, { spec: { replicas: 1 } }, merge);
      await settled(ask, `${claims}/data-own-1`, isGone);
      const kept = (await ask("GET", `${claims}/data-own-0`)).status;
      await ask("DELETE", path);
      await settled(ask, `${claims}/data-own-0`, isGone);
      const [{ kind, name, controller, blockOwnerDeletion }] = metadata.ownerReferences;
      return answer({ kind, name, controller, blockOwnerDeletion }, kept);
    },
  }),
  story({
    name: "an ephemeral volume has a claim of its Pod",
    request: "`POST` of a Pod with `ephemeral.volumeClaimTemplate`, then `DELETE`",
    async tell(ask) {
      await ask("POST", pods, ephemeral("scratch"));
      const { spec } = await settled(ask, `${pods}/scratch`, isPhase("Running"));
      const path = `${claims}/scratch-data`;
      const claim = await settled(ask, path, isBound);
      const { labels, annotations, ownerReferences } = claim.metadata;
      await ask("DELETE", `${pods}/scratch`);
      await settled(ask, path, isGone);
      const owners = ownerReferences.map(({ uid, ...owner }: Json) => owner);
      return answer(spec.volumes, labels, annotations.c, owners, shown(claim));
    },
  }),
  story({
    name: "an ephemeral volume does not take the claim of another",
    request: "`POST` of a claim, then of a Pod whose ephemeral volume would have its name",
    async tell(ask) {
      await ask("POST", claims, claim("taken-data", "now"));
      await settled(ask, `${claims}/taken-data`, isBound);
      await ask("POST", pods, ephemeral("taken"));
      const event = await told(ask, "taken", "FailedBinding");
      const isTold = ({ status }: Json) => status.conditions?.some(({ message }: Json) => message);
      const { status } = await settled(ask, `${pods}/taken`, isTold);
      const { metadata } = (await ask("GET", `${claims}/taken-data`)).body as Json;
      await ask("DELETE", `${pods}/taken`);
      await settled(ask, `${pods}/taken`, isGone);
      const left = (await ask("GET", `${claims}/taken-data`)).status;
      const [{ reason, message }] = status.conditions;
      return answer(event, status.phase, `${reason} ${message}`, metadata.ownerReferences ?? [], left);
    },
  }),
];

const set = (name: string, more: object) => ({
  metadata: { name },
  spec: {
    replicas: 2,
    serviceName: name,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: "main", image: "any", volumeMounts: [{ name: "data", mountPath: "/data" }] }],
      },
    },
    volumeClaimTemplates: [{ metadata: { name: "data", labels: { tier: "disk" } }, spec: claimSpec("now") }],
    ...more,
  },
});

/** A StatefulSet whose template has volumes, too. */
function withVolumes(volumes: readonly object[]) {
  const { metadata, spec } = set("bad", {});
  const { template } = spec;
  return { metadata, spec: { ...spec, template: { ...template, spec: { ...template.spec, volumes } } } };
}

export const volumeGroup: Group = {
  title: "Volumes",
  intro: "Claims, volumes and their classes. On the real backend, the controller's own provisioner makes the volumes.",
  async prepare(side) {
    await introduce(side);
    const provisioner = "kubernetes.io/host-path";
    await prepare(side, "POST", classes, { metadata: { name: "now" }, provisioner, allowVolumeExpansion: true });
    const later = { metadata: { name: "later" }, provisioner, volumeBindingMode: "WaitForFirstConsumer" };
    await prepare(side, "POST", classes, later);
    await prepare(side, "POST", classes, { metadata: { name: "fixed" }, provisioner });
    await prepare(side, "POST", claims, claim("given", "later"));
  },
  cases: [
    ...kubeCases([
      {
        name: "a class with its defaults",
        method: "GET",
        path: `${classes}/fixed`,
        shows: ["provisioner", "reclaimPolicy", "volumeBindingMode", "allowVolumeExpansion"],
      },
      {
        name: "a claim without access modes and a size",
        method: "POST",
        path: claims,
        body: { metadata: { name: "bad" }, spec: {} },
      },
      { name: "a claim of no storage", method: "POST", path: claims, body: claim("bad", "now", "0") },
      {
        name: "an unknown access mode",
        method: "POST",
        path: claims,
        body: { metadata: { name: "bad" }, spec: { ...claimSpec("now"), accessModes: ["ReadWrite"] } },
      },
      {
        ...{ name: "an ephemeral volume without a template", method: "POST", path: pods },
        body: {
          metadata: { name: "bad" },
          spec: { containers: [{ name: "main", image: "any" }], volumes: [{ name: "data", ephemeral: {} }] },
        },
      },
      {
        ...{ name: "an ephemeral volume of a claim that says nothing", method: "POST", path: pods },
        body: ephemeral("bad", {}),
      },
      {
        ...{ name: "a template of claims without a name", method: "POST", path: sets },
        body: set("bad", { volumeClaimTemplates: [{ spec: claimSpec("now") }] }),
      },
      {
        ...{ name: "a template of claims with a name that no volume can have", method: "POST", path: sets },
        body: set("bad", { volumeClaimTemplates: [{ metadata: { name: "a.b" }, spec: claimSpec("now") }] }),
      },
      {
        ...{ name: "a broken volume behind a template of claims", method: "POST", path: sets },
        body: withVolumes([{ name: "any", secret: { secretName: "any" } }, { secret: { secretName: "any" } }]),
      },
      {
        ...{ name: "a volume that a template of claims replaces", method: "POST", path: `${sets}?dryRun=All` },
        body: withVolumes([{ name: "data", configMap: {} }]),
        shows: "spec.template.spec.volumes",
      },
      {
        ...{ name: "a type is told before a conflict", method: "PATCH", path: `${claims}/given?fieldManager=me` },
        contentType: "application/apply-patch+yaml",
        body: {
          ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "given" } },
          spec: { resources: { requests: { storage: [] } } },
        },
      },
      {
        name: "a volume without a type",
        method: "POST",
        path: volumes,
        body: { metadata: { name: "bad" }, spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" } } },
      },
      {
        name: "a volume with two types",
        method: "POST",
        path: volumes,
        body: { metadata: { name: "bad" }, spec: { ...volume("bad", "", "Retain").spec, hostPath: { path: "/tmp" } } },
      },
      { name: "a class without a provisioner", method: "POST", path: classes, body: { metadata: { name: "bad" } } },
      {
        name: "another provisioner of a class",
        method: "PATCH",
        path: `${classes}/now`,
        contentType: merge,
        body: {
          provisioner: "other",
          reclaimPolicy: "Retain",
          parameters: { a: "b" },
          volumeBindingMode: "WaitForFirstConsumer",
        },
      },
      {
        name: "claims as kubectl shows them",
        method: "GET",
        path: `${claims}/given`,
        accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
        shows: "columnDefinitions.name",
      },
      {
        name: "volumes as kubectl shows them",
        method: "GET",
        path: volumes,
        accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
        shows: "columnDefinitions.name",
      },
      {
        name: "classes as kubectl shows them",
        method: "GET",
        path: `${classes}/now`,
        accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
        shows: ["columnDefinitions.name"],
      },
    ]),
    ...stories,
    story({
      name: "a bound claim that changes, shrinks or grows",
      request: "`PATCH` of a claim whose class allows it, and of one whose class does not",
      async tell(ask) {
        await ask("POST", claims, claim("grows", "now", "2Gi"));
        await ask("POST", claims, claim("stays", "fixed", "2Gi"));
        for (const name of ["grows", "stays"]) await settled(ask, `${claims}/${name}`, isBound);
        const to = async (name: string, storage: string) => {
          const body = { spec: { resources: { requests: { storage } } } };
          const { status, body: said } = await ask("PATCH", `${claims}/${name}?dryRun=All`, body, merge);
          return [status, (said as Json).message ?? (said as Json).spec.resources.requests.storage];
        };
        // After these words, the refusal of the API server shows what differs.
        const first = async (name: string, spec: object) => {
          const { status, body } = await ask("PATCH", `${claims}/${name}`, { spec }, merge);
          return [status, ...(/^.* for bound claims/.exec((body as Json).message) ?? [])];
        };
        return answer(
          ...[await to("grows", "3Gi"), await to("grows", "1Gi"), await to("stays", "3Gi")],
          await first("grows", { volumeMode: "Block" }),
          await first("given", { resources: { requests: { storage: "2Gi" } } }),
        );
      },
    }),
    story({
      name: "a claim that grows beyond a quota",
      request: "`PATCH` of a bound claim in a namespace with a quota of its storage",
      async tell(ask) {
        const quotas = "/api/v1/namespaces/default/resourcequotas";
        const classKey = "now.storageclass.storage.k8s.io/requests.storage";
        await ask("POST", quotas, { metadata: { name: "grown" }, spec: { hard: { [classKey]: "1Gi" } } });
        await settled(ask, `${quotas}/grown`, ({ status }) => status?.used !== undefined);
        const labelled = await ask("PATCH", `${claims}/grows`, { metadata: { labels: { a: "b" } } }, merge);
        const body = { spec: { resources: { requests: { storage: "3Gi" } } } };
        const { body: said } = await ask("PATCH", `${claims}/grows`, body, merge);
        await ask("DELETE", `${quotas}/grown`);
        return answer(labelled.status, (said as Json).message);
      },
    }),
  ],
};
