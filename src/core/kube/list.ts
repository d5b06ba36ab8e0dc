/** Lists the objects of a resource, page after page. */
import { EksLambdaError } from "../errors.ts";
import { KubernetesError, notKubernetes, notThat } from "./errors.ts";
import type { KubeObject, Stored } from "./object.ts";
import { listPath, type Target } from "./place.ts";
import type { Signal } from "./signal.ts";

export interface Selection {
  /** `app=web,tier!=cache`, as kubectl's `--selector`. */
  readonly labelSelector?: string | undefined;
  /** `status.phase=Running`, as kubectl's `--field-selector`. */
  readonly fieldSelector?: string | undefined;
  /** On a handle for every namespace, limits to this one. */
  readonly namespace?: string | undefined;
  readonly signal?: Signal | undefined;
}

export interface ListOptions extends Selection {
  /** The most objects to list. Default: all. */
  readonly limit?: number | undefined;
  /** Objects in one page. Default: 500. After 10,000 pages, a list throws `AnswerTooLong`. */
  readonly pageSize?: number | undefined;
}

export interface Page<T extends KubeObject> {
  readonly items: readonly Stored<T>[];
  /** The version of the state that the first page shows. */
  readonly resourceVersion: string;
}

interface List<T extends KubeObject> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly Stored<T>[];
}

/** Five million objects by the default limit: no cluster has as many. A page may be empty, so that items are no measure. */
const mostPages = 10_000;

/**
 * The server keeps the state of the first page for some minutes. Then it offers to continue with the current state: an
 * object that exists throughout is still listed once.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export async function* pagesOf<T extends KubeObject>(
  target: Target,
  { namespace, signal, pageSize = 500, ...selectors }: Omit<ListOptions, "limit">,
): AsyncGenerator<Page<T>, void, undefined> {
  const path = listPath(target, namespace);
  let next: string | undefined;
  let resourceVersion: string | undefined;
  const seen = new Set<string | undefined>();
  do {
    if (seen.has(next) || seen.size === mostPages)
      throw new EksLambdaError("AnswerTooLong", `the list ${path} does not end: it continues after page ${seen.size}`, {
        hint: notKubernetes,
      });
    seen.add(next);
    const query = { ...selectors, limit: pageSize, continue: next };
    try {
      const list = listOf(await target.kube.request<List<T>>({ path, query, signal }));
      resourceVersion ??= list.metadata.resourceVersion;
      yield { items: list.items.map((item) => typed(item, list)), resourceVersion };
      next = list.metadata.continue;
    } catch (error) {
      const offered = next && continueOf(error);
      if (!offered) throw error;
      next = offered;
    }
  } while (next);
}

/** The answer, if it is a list of objects. Throws `UnexpectedAnswer`. */
export function listOf<L extends Listed>(answer: L): L {
  const { kind, metadata, items }: Partial<Listed> = Object(answer);
  if (
    typeof kind === "string" &&
    metadata &&
    Array.isArray(items) &&
    items.every((item: { readonly metadata?: unknown } | null) => item?.metadata)
  )
    return answer;
  throw notThat("a list", answer);
}

interface Listed {
  readonly kind?: unknown;
  readonly metadata?: unknown;
  readonly items: readonly { readonly metadata: object }[];
}

/** The server omits `apiVersion` and `kind` of items: https://github.com/kubernetes/kubernetes/issues/3030 */
const typed = <T extends KubeObject>(item: Stored<T>, { apiVersion, kind }: List<T>): Stored<T> => ({
  apiVersion,
  kind: kind.replace(/List$/, ""),
  ...item,
});

function continueOf(error: unknown): string | undefined {
  if (!(error instanceof KubernetesError && error.status === 410)) return undefined;
  return (error.cause as { metadata?: { continue?: string } } | undefined)?.metadata?.continue;
}
