/** Asks the API server whether the caller has its rights, and no other, without using them. */
import { notThat } from "./errors.ts";
import { formatNeed, type Need } from "./need.ts";
import type { Kube } from "./request.ts";

export interface Check {
  /** `may create deployments.apps @default` */
  readonly name: string;
  readonly ok: boolean;
}

export const isPassed = ({ ok }: Check): boolean => ok;

/** It failed because the caller has a right that it must not have. */
export const isExcess = ({ ok, name }: Check): boolean => !ok && name.startsWith("may not ");

/** As long as rights of an earlier run are there, too. */
export const isPassedMeanwhile = (check: Check): boolean => check.ok || isExcess(check);

/**
 * One check for each need, and one for a right that the caller must not have. Every authenticated caller may ask.
 * `namespace` is for needs that name none.
 */
export async function review(kube: Kube, needs: readonly Need[], namespace: string): Promise<readonly Check[]> {
  const placed = needs.map((need) => placedIn(namespace, need));
  const needless = needlessRight(placed, namespace);
  return Promise.all([
    ...placed.map(async (need) => ({ name: `may ${formatNeed(need)}`, ok: await may(kube, need) })),
    ...needless.map(async (need) => ({ name: `may not ${formatNeed(need)}`, ok: !(await may(kube, need)) })),
  ]);
}

/** Returns the need with its namespace filled in. */
export const placedIn = (namespace: string, need: Need): Need => (need.cluster ? need : { namespace, ...need });

/** Returns a right that no need includes, or an empty list if the needs include all candidates. */
export function needlessRight(needs: readonly Need[], namespace: string): readonly Need[] {
  const secrets: Need = { group: "", resource: "secrets", verbs: ["list"], namespace };
  const { names: _, ...first } = needs[0] ?? secrets;
  const one = { ...first, resource: first.resource.replace(/\/.*/, "") };
  const tried = [{ ...one, verbs: ["list"] }, { ...one, verbs: ["delete"] }, secrets];
  return tried.filter((right) => !needs.some((need) => includes(need, right))).slice(0, 1);
}

const includes = (need: Need, { group, resource, verbs, namespace }: Need): boolean =>
  need.group === group &&
  need.resource === resource &&
  verbs.every((verb) => need.verbs.includes(verb)) &&
  (need.cluster || need.namespace === namespace) &&
  !need.names;

/** The question of a SubjectAccessReview: one verb on one name. */
interface ResourceAttributes {
  readonly group: string;
  readonly resource: string | undefined;
  readonly subresource: string | undefined;
  readonly verb: string;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
}

/** One question for each verb and name of a need. */
export function attributesOf({
  group,
  resource,
  verbs,
  names,
  namespace,
  cluster,
}: Need): readonly ResourceAttributes[] {
  const [plural, subresource] = resource.split("/");
  const common = { group, resource: plural, subresource, namespace: cluster ? undefined : namespace };
  return verbs.flatMap((verb) => (names ?? [undefined]).map((name) => ({ ...common, verb, name })));
}

/** True if the caller has all rights of the need. */
export async function may(kube: Kube, need: Need): Promise<boolean> {
  const answers = attributesOf(need).map(async (resourceAttributes) => {
    const answer = await kube.request<{ readonly status?: { readonly allowed?: unknown } } | null>({
      method: "POST",
      path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      body: { spec: { resourceAttributes } },
    });
    const allowed = answer?.status?.allowed;
    if (typeof allowed === "boolean") return allowed;
    throw notThat("a SelfSubjectAccessReview", answer);
  });
  return (await Promise.all(answers)).every(Boolean);
}
