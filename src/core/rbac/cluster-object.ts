/** Plans and writes a Role or RoleBinding: rehearses with `dryRun=All`, and writes under the version that it read. */
import type { Clock } from "../clock.ts";
import { EksLambdaError } from "../errors.ts";
import { noNamespace } from "../kube/errors.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import { afresh, type ObjectWrite, rehearse, send } from "../kube/write.ts";
import type { Resource } from "../plan.ts";
import { type Role, type RoleBinding, rbacPath } from "./objects.ts";
import { ownerOf, type Standing, standingOf } from "./ownership.ts";

export interface ObjectOptions<T> {
  readonly wanted: T;
  /** Our stack, `ACCOUNT/REGION/STACK`. */
  readonly owner: string;
  /** The content, without the owner. */
  readonly show: (value: T) => string;
  /** True if an object without an owner's mark belongs to our stack. */
  readonly isAdopted: (found: T) => Promise<boolean> | boolean;
  /** Overwrite an object that no other stack owns. */
  readonly force: boolean;
  readonly clock: Clock;
}

export function clusterObject<T extends Role | RoleBinding>(kube: Kube, options: ObjectOptions<T>): Resource<T> {
  const { wanted, owner, show, force, clock } = options;
  const { kind, metadata } = wanted;
  const siblings = rbacPath(kind, metadata.namespace);
  const read = () => ifFound(kube.request<T>({ path: `${siblings}/${metadata.name}` }));
  const showAll = (value: T) => `${show(value)}\nowner: ${ownerOf(value.metadata) ?? "none"}`;

  async function standing(found: T): Promise<Standing> {
    const marked = standingOf(found.metadata, owner);
    return marked === "unmarked" && (await options.isAdopted(found)) ? "ours" : marked;
  }
  async function keep(found: T, after: T | undefined): Promise<string | undefined> {
    const whose = await standing(found);
    if (whose === "ours") return undefined;
    if (!after) return whyKept(wanted, whose);
    const suffices = whose === "foreign" && show(found) === show(after);
    return suffices ? `someone else created this ${kind}, and it grants what is needed` : undefined;
  }
  async function refuseOthers(found: T): Promise<void> {
    const whose = await standing(found);
    if (whose === "ours" || (force && typeof whose === "string")) return;
    throw notOurs(wanted, whose, { found: show(found), wanted: show(wanted) });
  }
  function writeOf(found: T | undefined, after: T | undefined): ObjectWrite {
    if (!found) return { method: "POST", path: siblings, body: { ...after } };
    const path = `${siblings}/${metadata.name}`;
    const version = found.metadata.resourceVersion;
    if (!after) return { method: "DELETE", path, body: {}, version };
    const { labels, annotations } = after.metadata;
    return { method: "PATCH", path, body: { ...after, metadata: { labels, annotations } }, version };
  }

  return {
    target: `${metadata.namespace}/${kind.toLowerCase()}/${metadata.name}`,
    wanted,
    read,
    show: showAll,
    summary: () => show(wanted),
    keep,
    async rehearse(found, after) {
      if (found && after) await refuseOthers(found);
      await rehearse(kube, writeOf(found, after)).catch(explainNamespace(metadata.namespace));
    },
    write: (after) =>
      afresh({ clock }, async () => {
        const found = await read();
        if (!found && !after) return;
        if (found && after && showAll(found) === showAll(after)) return;
        if (found && (await keep(found, after)) !== undefined) return;
        if (found && after) await refuseOthers(found);
        await send(kube, writeOf(found, after)).catch(explainNamespace(metadata.namespace));
      }),
  };
}

const whyKept = ({ kind, metadata: { name, namespace } }: Role | RoleBinding, whose: Exclude<Standing, "ours">) => {
  if (whose === "foreign") return `someone else created this ${kind}`;
  if (whose !== "unmarked") return `this ${kind} belongs to the stack ${whose.stack}`;
  return `an earlier version created this ${kind}, perhaps for another stack: kubectl delete ${kind.toLowerCase()} ${name} --namespace ${namespace}`;
};

function notOurs(
  { kind, metadata: { name, namespace } }: Role | RoleBinding,
  whose: Exclude<Standing, "ours">,
  content: { readonly found: string; readonly wanted: string },
): EksLambdaError {
  const it = `the ${kind} "${name}" in ${namespace}`;
  const code = `${kind}NotOurs`;
  if (whose === "foreign")
    return new EksLambdaError(
      code,
      `${it} was created by someone else and differs: it has "${content.found}", not "${content.wanted}"`,
      { hint: "choose another name with --rbac-name, or overwrite it with --force-conflicts" },
    );
  if (whose === "unmarked")
    return new EksLambdaError(
      code,
      `${it} was created by an earlier version of eks-lambda, perhaps for another stack`,
      {
        hint: "choose another name with --rbac-name; if no other stack needs it, take it over with --force-conflicts",
      },
    );
  return new EksLambdaError(code, `${it} belongs to another stack, ${whose.stack}`, {
    hint: `choose another name with --rbac-name; if that stack is gone: kubectl delete role,rolebinding ${name} --namespace ${namespace}`,
  });
}

const explainNamespace =
  (namespace: string) =>
  (error: unknown): never => {
    const isMissing =
      error instanceof EksLambdaError && error.code === "NotFound" && /^namespaces /.test(error.message);
    throw isMissing ? noNamespace(namespace, error) : error;
  };
