/** A minimal cluster: stores Deployments and authorises one caller. */
import { EksLambdaError } from "../../../src/core/errors.ts";
import type { Answers, Kube, Request } from "../../../src/core/kube/request.ts";

interface Named {
  readonly metadata: { readonly name: string; readonly namespace: string };
}
interface Review {
  readonly spec: { readonly resourceAttributes: { readonly verb: string; readonly namespace: string } };
}

export interface TestCluster extends Kube {
  /** Deployments by `namespace/name`. */
  readonly deployments: ReadonlyMap<string, unknown>;
}

const conflict = (name: string) =>
  new EksLambdaError("AlreadyExists", `deployments.apps "${name}" already exists`, { hint: "choose another name" });

/** Each right is `verb namespace`. */
export function testCluster(rights: readonly string[] = ["create default"]): TestCluster {
  const deployments = new Map<string, unknown>();
  const create = (path: string, body: unknown): unknown => {
    const object = body as Named;
    const { name, namespace } = object.metadata;
    const key = `${namespace}/${name}`;
    if (path !== `/apis/apps/v1/namespaces/${namespace}/deployments`) throw new EksLambdaError("NotFound", path);
    if (deployments.has(key)) throw conflict(name);
    deployments.set(key, object);
    return { ...object, metadata: { ...object.metadata, uid: `uid of ${key}` } };
  };
  const review = (body: unknown): unknown => {
    const { verb, namespace } = (body as Review).spec.resourceAttributes;
    return { ...(body as Review), status: { allowed: rights.includes(`${verb} ${namespace}`) } };
  };
  return {
    deployments,
    async request<T, A extends keyof Answers<T>>({ method, path, body }: Request<A>): Promise<Answers<T>[A]> {
      if (method !== "POST") throw new EksLambdaError("MethodNotAllowed", `${method} ${path}`);
      const reviews = path === "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
      return (reviews ? review(body) : create(path, body)) as Answers<T>[A];
    },
  };
}
