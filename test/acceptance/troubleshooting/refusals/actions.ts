/** What goes wrong when the function acts on workloads, and in what `--allow` names. */
import { expect } from "vitest";
import { failing } from "../../backend.ts";
import { widgetDefinition } from "../../client/objects.ts";
import { deployments, make } from "../../support/cluster.ts";
import type { World } from "../../support/world.ts";
import { all, allowing, setup } from "../given.ts";
import type { Refusal } from "../refusal.ts";

type Given = NonNullable<Refusal["given"]>;

const template = (image: string, more: object = {}) => ({
  metadata: { labels: { app: "web" } },
  spec: { ...more, containers: [{ name: "web", image }] },
});

/** A Deployment `web` whose first revision has come up. */
const deployed: Given = async ({ backend }) => {
  const spec = { replicas: 1, progressDeadlineSeconds: 3, selector: { matchLabels: { app: "web" } } };
  await make(backend, deployments(), {
    metadata: { name: "web" },
    spec: { ...spec, template: template("nginx:1.29") },
  });
  const available = async () => (await backend.kube("GET", `${deployments()}/web`)).body.status.availableReplicas;
  await expect.poll(available).toBe(1);
  return undefined;
};

/** From now on its Pods fit on no node. */
const pinned: Given = async ({ backend }) => {
  const body = { spec: { template: { spec: { nodeSelector: { disk: "ssd" } } } } };
  const { status } = await backend.kube("PATCH", `${deployments()}/web`, {
    ...{ body, contentType: "application/merge-patch+json" },
  });
  expect(status).toBe(200);
  return undefined;
};

const undone: Given = async ({ run, names, backend }) => {
  const sets = async () =>
    (await backend.kube("GET", "/apis/apps/v1/namespaces/default/replicasets")).body.items.length;
  const invoke = (words: string) => run(`invoke ${words} --cluster ${names.cluster}`);
  expect(await invoke("set-image deployments/web --set image=nginx:1.30")).toMatchObject({ exit: 0 });
  await expect.poll(sets).toBe(2);
  expect(await invoke("undo deployments/web")).toMatchObject({ exit: 0 });
  const revision = async () =>
    (await backend.kube("GET", `${deployments()}/web`)).body.metadata.annotations["deployment.kubernetes.io/revision"];
  await expect.poll(revision).toBe("3");
  return undefined;
};

const job: Given = async ({ backend }: World) => {
  await backend.failWith("migrating\nno such table: orders\n");
  const jobTemplate = { spec: { backoffLimit: 0, template: template(failing.image, { restartPolicy: "Never" }) } };
  const body = { metadata: { name: "migrate" }, spec: { schedule: "0 0 1 1 *", jobTemplate } };
  await make(backend, "/apis/batch/v1/namespaces/default/cronjobs", body);
  return undefined;
};

const hardened: Given = async ({ backend }) => {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await make(backend, "/api/v1/namespaces", { metadata: { name: "shop", labels } });
  return undefined;
};

const invoke =
  (words: string): Refusal["command"] =>
  ({ cluster }) =>
    `invoke ${words} --cluster ${cluster}`;

/** Names of Pods, ReplicaSets and Jobs, and ages. */
const tidy = (text: string): string =>
  text
    .replace(/\bweb-[a-z0-9]{6,10}(-[a-z0-9]{5})?\b/g, (_, pod) => `web-6d5f7c${pod ? "-x2x1z" : ""}`)
    .replace(/\bmigrate-[0-9a-f]{10}(-[a-z0-9]{5})?\b/g, (_, pod) => `migrate-0a1b2c3d4e${pod ? "-x2x1z" : ""}`)
    .replace(/ +\d+s$/gm, "  1s");

export const acting: readonly Refusal[] = [
  {
    code: "RolloutFailed",
    when: "a rollout's progress deadline is over",
    given: all(allowing("--allow restart:deployments status:deployments"), deployed, pinned),
    command: invoke("restart deployments/web --set wait=true"),
    why: "The Pods of the new revision did not become ready within `progressDeadlineSeconds`. The reasons follow, from Pods, Events and logs.",
    fix: "Remove the reason, or go back: `eks-lambda invoke undo deployments/web`, where `undo` is allowed. `set-image` does that itself with `rollback`.",
    doctor: "sound",
    tidy,
  },
  {
    code: "Timeout",
    when: "create makes a Deployment in a namespace with PodSecurity `restricted`",
    given: all(hardened, allowing("--namespace shop --allow create:deployments status:deployments")),
    command: invoke("create deployments/web --wait --timeout 5"),
    why: "The namespace refuses Pods, not Deployments: the Deployment exists and has no Pods. The last line of the error says what the namespace refuses.",
    fix: "Say what the namespace demands with `securityContext`, and take an image that does not run as root: docs/actions.md has an event for that.",
    doctor: "sound",
    tidy,
  },
  {
    code: "ResourceNotServed",
    when: "the kind of a manifest is no longer in the cluster",
    given: async (world) => {
      const { backend } = world;
      const at = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
      await make(backend, at, widgetDefinition);
      const served = async () => (await backend.kube("GET", "/apis/example.com/v1")).status;
      await expect.poll(served).toBe(200);
      await allowing("--allow apply:widgets.example.com")(world);
      await backend.kube("DELETE", `${at}/widgets.example.com`);
      await expect.poll(served).toBe(404);
      return undefined;
    },
    command: invoke(
      `--event '{"action":"apply","manifests":[{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"one"}}]}'`,
    ),
    why: "The CustomResourceDefinition of the kind was deleted, or no longer has this version. Another cause is a kind that has namespaces where the manifest names none, or the other way round.",
    fix: "Install the CustomResourceDefinition again, or take the version in the manifest that `kubectl api-resources` shows.",
    doctor: "sound",
  },
  {
    code: "BadRequest",
    when: "a manifest has a field that its kind does not have",
    given: allowing("--allow apply:configmaps"),
    command: invoke(
      `--event '{"action":"apply","manifests":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"flags"},"dat":{}}]}'`,
    ),
    why: "The field is misspelled, stands in the wrong place, or has a value of another type. Nothing was written.",
    fix: "Correct the field that the message names; `kubectl explain configmaps` shows which fields there are.",
    doctor: "sound",
  },
  {
    code: "JobFailed",
    when: "a Job that `run-job` started has failed",
    given: all(allowing("--allow run-job:cronjobs"), job),
    command: invoke("run-job cronjobs/migrate --set wait=true"),
    why: "A container ended with an exit code, and `backoffLimit` allows no more attempts. Its last lines follow.",
    fix: "Remove the reason that the lines show, and run the Job again: each invocation makes its own.",
    doctor: "sound",
    tidy,
  },
  {
    code: "Conflict",
    when: "a workload does not have the replicas that the event expects",
    given: all(allowing("--allow scale:deployments"), deployed),
    command: invoke("scale deployments/web --set replicas=0 --set from=3"),
    why: "`from` scales only from that number, so that an event that comes twice or late changes nothing. Someone else has scaled the Deployment.",
    fix: "Nothing, if the other change was right; otherwise leave `from` out, or give the current number.",
    doctor: "sound",
  },
  {
    code: "AlreadyUndone",
    when: "undo is asked for twice",
    given: all(allowing("--allow set-image:deployments undo:deployments"), deployed, undone),
    command: invoke("undo deployments/web"),
    why: "The revision before the current one is the one that was undone. Two alarms in a row would bring it back.",
    fix: "Give the revision that you want, if it is not the current one: the hint lists them.",
    doctor: "sound",
  },
  {
    code: "RevisionNotFound",
    when: "there is no revision to go back to",
    given: all(allowing("--allow undo:deployments"), deployed),
    command: invoke("undo deployments/web"),
    why: "The Deployment has had one template only, or `revisionHistoryLimit` removed the earlier ones.",
    fix: "Deploy again what worked.",
    doctor: "sound",
  },
  {
    code: "ImageNotAllowed",
    when: "the function is asked for an image that `--allow-image` does not allow",
    given: all(allowing("--allow set-image:deployments --allow-image registry.example.com/shop/*@sha256:*"), deployed),
    command: invoke("set-image deployments/web --set image=registry.example.com/shop/web:2"),
    why: "The function keeps to the patterns of `setup --allow-image`. This one demands digests, which cannot be moved to other content as tags can.",
    fix: "Give the image as the pattern wants it; or run the command in the hint, which repeats the patterns, because `--allow-image` names all of them.",
    doctor: "sound",
  },
  {
    code: "ImageNotAllowed",
    when: "a rollback would go back to an image that `--allow-image` does not allow",
    given: all(allowing("--allow set-image:deployments status:deployments --allow-image nginx:1.30"), deployed),
    command: invoke("set-image deployments/web --set image=nginx:1.30 --set wait=true --set rollback=true"),
    why: "With `rollback`, the function sets the image that was there before, if the new one does not come up. `--allow-image` holds for that one, too, and someone else had set it. Nothing was written.",
    fix: "Leave `rollback` out; or run the command in the hint, which allows the earlier image, too.",
    doctor: "sound",
  },
  {
    code: "InvalidEvent",
    when: "a manifest has metadata that an event must not set",
    given: allowing("--allow apply:configmaps"),
    command: invoke(
      `--event '{"action":"apply","manifests":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"flags","finalizers":["example.com/keep"]}}]}'`,
    ),
    why: "Who may write an object could have it deleted by `ownerReferences`, keep it by `finalizers`, or pass it off as the function's by a label or annotation `eks-lambda/…`. Nothing was written.",
    fix: "Leave the field out. If it is needed, write your own function: docs/your-own-function.md.",
    doctor: "sound",
  },
  {
    code: "NotAllowed",
    when: "`--allow` names objects, and the event names none",
    given: allowing("--allow run-job:jobs/migrate"),
    command: invoke(
      `--event '{"action":"run-job","manifest":{"metadata":{"generateName":"migrate-"},"spec":{"template":{}}}}'`,
    ),
    why: "The action was allowed for objects with these names only. An event without a name would make another one.",
    fix: "Give one of the names, or allow the action without names.",
    doctor: "sound",
  },
  {
    code: "InvalidNeed",
    when: "`--allow` names an action that does not exist",
    command: (names) => `${setup(names)} --allow reboot:deployments/web`,
    why: "The text before the first `:` is the action. Nothing was read or written.",
    fix: "Use one of the actions in the hint; docs/actions.md says what each does.",
    doctor: "stack NotSetUp",
  },
  {
    code: "InvalidNeed",
    when: "`--allow` names a resource that the cluster does not have",
    command: (names) => `${setup(names)} --allow restart:deploymnt/web`,
    why: "A resource is named by its plural, as in RBAC. The cluster was asked which ones it has; nothing was written.",
    fix: "Use the plural in the hint, or one of `kubectl api-resources`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "InvalidNeed",
    when: "`--allow` removes a rule that the function does not have",
    command: (names) => `${setup(names)} --allow=-restart:deployments/web`,
    why: "A rule is removed as a whole, as the hint and `eks-lambda invoke check --json` show it. Without a stack, the only rule is the default.",
    fix: "Remove a rule of the hint. To replace all rules, write them without + and -.",
    doctor: "stack NotSetUp",
  },
  {
    code: "InvalidNeed",
    when: "`--allow` both changes and replaces the rules",
    command: (names) => `${setup(names)} --allow +undo:deployments restart:deployments`,
    why: "With + or -, a rule changes what the stack has. Without, the rules are all that the function may do.",
    fix: "Write + or - before each rule, or before none.",
    doctor: "stack NotSetUp",
  },
  {
    code: "InvalidNeed",
    when: "`--allow` names an action for a resource on which it does not act",
    command: (names) => `${setup(names)} --allow undo:cronjobs`,
    why: "CronJobs have no revisions. Each action acts on the resources that docs/actions.md lists.",
    fix: "Use one of the resources in the hint.",
    doctor: "stack NotSetUp",
  },
];
