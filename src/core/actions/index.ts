/**
 * What the function does in the cluster. The one table: the handler dispatches on it, `setup` derives the Role from
 * `needs`, `invoke` validates with `fields`. To add an action, add an entry.
 */

import { EksLambdaError, shown, usageError } from "../errors.ts";
import { notThat } from "../kube/errors.ts";
import type { Kube } from "../kube/request.ts";
import { deployment } from "./deployment.ts";

/** One rule of an RBAC Role. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** A field of an event: what it must be, in words that follow "must be", and whether a value is that. */
interface Field {
  readonly must: string;
  readonly valid: (value: unknown) => boolean;
}

export interface ActionContext {
  readonly kube: Kube;
  /** The same for each of Lambda's own retries of an event. */
  readonly requestId: string;
  /** Where to act when the event names no namespace. */
  readonly namespace: string;
  /** The stack that owns what an action creates, `ACCOUNT/REGION/STACK`. */
  readonly owner?: string | undefined;
}

export type Event = Readonly<Record<string, unknown>>;
export type Result = Readonly<{ action: string }> & Readonly<Record<string, unknown>>;

export interface Action {
  readonly fields: Readonly<Record<string, Field>>;
  readonly needs: readonly PolicyRule[];
  run(event: Event, context: ActionContext): Promise<Result>;
}

/** RFC 1123 labels: names of namespaces, and of what a label's value (63 characters) repeats. */
export const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const label: Field = {
  must: "at most 63 lower-case letters, digits and `-`, beginning and ending with a letter or digit",
  valid: (value) => typeof value === "string" && dnsLabel.test(value),
};
const replicas: Field = {
  must: "a whole number from 0 to 2147483647",
  valid: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0x7fffffff,
};
const image: Field = {
  must: "the name of a container image, such as `nginx:1.12`",
  valid: (value) => typeof value === "string" && /^[\w][\w.\-/:@]{0,511}$/.test(value),
};

const deployments = { apiGroups: ["apps"], resources: ["deployments"] };

const create: Action = {
  fields: { name: label, namespace: label, replicas, image },
  needs: [{ ...deployments, verbs: ["create"] }],
  async run(event, { kube, requestId, namespace: fallback, owner }) {
    const given = event as { name?: string; namespace?: string; replicas?: number; image?: string };
    const name = given.name ?? `nginx-${requestId}`;
    const namespace = given.namespace ?? fallback;
    const manifest = deployment({ replicas: 2, image: "nginx:1.12", ...given, name, namespace, owner });
    try {
      const made = await kube.request({
        method: "POST",
        path: `/apis/apps/v1/namespaces/${namespace}/deployments`,
        body: manifest,
      });
      return { action: "created", kind: "Deployment", namespace, name, ...created(made) };
    } catch (error) {
      const ours = given.name === undefined && error instanceof EksLambdaError && error.code === "AlreadyExists";
      if (ours) return { action: "unchanged", kind: "Deployment", namespace, name };
      throw error;
    }
  },
};

/** Throws `UnexpectedAnswer`. */
function created(answer: unknown): { readonly uid: string; readonly replicas: number } {
  const { metadata, spec } = (answer ?? {}) as Partial<Record<string, { uid?: unknown; replicas?: unknown }>>;
  const { uid, replicas } = { uid: metadata?.uid, replicas: spec?.replicas };
  if (typeof uid === "string" && typeof replicas === "number") return { uid, replicas };
  throw notThat("a Deployment", answer);
}

const check: Action = {
  fields: { namespace: label },
  needs: [],
  async run(event, { kube, namespace: fallback }) {
    const namespace = typeof event.namespace === "string" ? event.namespace : fallback;
    const ask = async (verb: string, expected: boolean) => ({
      name: `${expected ? "may" : "may not"} ${verb} deployments in ${namespace}`,
      ok: (await may(kube, { group: "apps", resource: "deployments", verb, namespace })) === expected,
    });
    return { action: "check", checks: await Promise.all([ask("create", true), ask("list", false)]) };
  },
};

export const actions = { create, check } satisfies Record<string, Action>;

/** What all of them need. */
export const allNeeds = (): readonly PolicyRule[] => Object.values(actions).flatMap(({ needs }) => needs);

export interface ResourceAttributes {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** Asks without doing; every authenticated user may ask. */
export async function may(kube: Kube, resourceAttributes: ResourceAttributes): Promise<boolean> {
  const review = await kube.request<{ status?: { allowed?: unknown } } | null>({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes },
    },
  });
  const allowed = review?.status?.allowed;
  if (typeof allowed === "boolean") return allowed;
  throw notThat("a SelfSubjectAccessReview", review);
}

/**
 * The action that an event asks for, `create` when it asks for none. Throws `InvalidEvent`, which names the field
 * and what it must be.
 */
export function actionOf(event: unknown): { readonly action: Action; readonly name: string; readonly event: Event } {
  const given = event ?? {};
  if (typeof given !== "object" || Array.isArray(given)) throw invalid("the event", given, "a JSON object, or nothing");
  const { action: name = "create", ...fields } = given as Event;
  const action = Object.entries<Action>(actions).find(([key]) => key === name)?.[1];
  if (!action) throw invalid("`action`", name, `one of ${Object.keys(actions).join(", ")}`);
  for (const [field, value] of Object.entries(fields)) {
    const rule = Object.hasOwn(action.fields, field) ? action.fields[field] : undefined;
    if (!rule) {
      const known = Object.keys(action.fields).join(", ");
      // Without its value: the event may be something else, with secrets in it.
      const unknown = `unknown field \`${field.slice(0, 100)}\`: the fields of \`${name}\` are ${known}`;
      throw usageError("InvalidEvent", unknown);
    }
    if (!rule.valid(value)) throw invalid(`\`${field}\``, value, rule.must);
  }
  return { action, name: String(name), event: fields };
}

const invalid = (what: string, value: unknown, must: string): EksLambdaError =>
  usageError("InvalidEvent", `${what} is ${shown(value)}; it must be ${must}`);
