/** The methods of a handle: the rights that the library declares for each, and a call that needs all of them. */
import { type Answers, type Kube, type Request, resource } from "eks-lambda/lambda";
import * as methods from "eks-lambda/lambda/methods";
import type { Backend } from "../backend.ts";
import { type ConfigMap, type Deployment, deploymentSpec, type Pod, pod } from "./objects.ts";

export type MethodName = keyof typeof methods;
export type Right = (typeof methods)[MethodName]["rights"][number];

const table = { ...methods };

export const rightsOf = (method: MethodName): readonly Right[] => table[method].rights;

const configMaps = resource<ConfigMap>("v1", "configmaps");
const pods = resource<Pod>("v1", "pods");
const deployments = resource<Deployment>("apps/v1", "deployments");

/** The resource on which a method is tried. */
export const resourceOf = (method: MethodName) =>
  ({ logs: pods, evict: pods, scale: deployments, patchStatus: deployments, applyStatus: deployments })[
    method as string
  ] ?? configMaps;

interface Trial {
  readonly kube: Kube;
  /** The object that `prepare` created; each trial has another one. */
  readonly name: string;
  /** Changes the object, as the administrator. */
  change(): ReturnType<Backend["kube"]>;
  remove(): Promise<unknown>;
}

const signal = () => AbortSignal.timeout(20_000);

/** Calls each method so that it needs all of its rights. Throws what the method throws. */
export const trials: Readonly<Record<MethodName, (trial: Trial) => Promise<unknown>>> = {
  get: ({ kube, name }) => configMaps.on(kube).get({ name }),
  getIfFound: ({ kube, name }) => configMaps.on(kube).getIfFound({ name }),
  async update({ kube, name, change }) {
    const { body } = await change();
    const { resourceVersion } = body.metadata;
    await configMaps.on(kube).update({ metadata: { name, resourceVersion }, data: { updated: "" } });
  },
  patchStatus: ({ kube, name }) => deployments.on(kube).patchStatus({ name }, { status: { replicas: 7 } }),
  applyStatus: ({ kube, name }) => {
    const manifest = { kind: "Deployment", metadata: { name }, status: { replicas: 7 } } as const;
    return deployments.on(kube).applyStatus(manifest, { force: true });
  },
  list: ({ kube }) => configMaps.on(kube).list().toArray(),
  async watch({ kube, name, change }) {
    const fieldSelector = `metadata.name=${name}`;
    for await (const { type } of configMaps.on(kube).watch({ fieldSelector, signal: signal() })) {
      if (type === "MODIFIED") return;
      await change();
    }
  },
  async until({ kube, name, change }) {
    let isChanged = false;
    const condition = ({ data }: ConfigMap) => {
      if (!isChanged) void change();
      isChanged = true;
      return data?.changed !== undefined;
    };
    await configMaps.on(kube).until({ name }, condition, { signal: signal() });
  },
  async untilGone({ kube, name, remove }) {
    const removing: Kube = {
      ...kube,
      async request<T, A extends keyof Answers<T>>(request: Request<A>) {
        const answer = await kube.request<T, A>(request);
        await remove();
        return answer;
      },
    };
    await configMaps.on(removing).untilGone({ name }, { signal: signal() });
  },
  create: ({ kube, name }) => configMaps.on(kube).create({ metadata: { name: `${name}-new` } }),
  patch: ({ kube, name }) => configMaps.on(kube).patch({ name }, { data: { patched: "" } }),
  apply: ({ kube, name }) => configMaps.on(kube).apply({ kind: "ConfigMap", metadata: { name: `${name}-new` } }),
  delete: ({ kube, name }) => configMaps.on(kube).delete({ name }),
  deleteAll: ({ kube, name }) => configMaps.on(kube).deleteAll({ fieldSelector: `metadata.name=${name}` }),
  logs: ({ kube, name }) => pods.on(kube).logs({ name }).toArray(),
  async scale({ kube, name }) {
    const { spec } = await deployments.on(kube).scale({ name });
    await deployments.on(kube).scale({ name }, spec?.replicas);
  },
  evict: ({ kube, name }) => pods.on(kube).evict({ name }),
};

const path = (api: string, plural: string) => `/${api}/namespaces/default/${plural}`;

/** Creates the object of a trial, as the administrator. */
export async function prepare(backend: Backend, method: MethodName, name: string): Promise<Omit<Trial, "kube">> {
  const of = resourceOf(method);
  const at = of === pods ? path("api/v1", "pods") : path("api/v1", "configmaps");
  if (of === deployments)
    await backend.kube("POST", path("apis/apps/v1", "deployments"), {
      body: { metadata: { name }, spec: deploymentSpec("nginx:1.12", 1) },
    });
  else await backend.kube("POST", at, { body: of === pods ? pod(name) : { metadata: { name } } });
  if (method === "logs") await untilRunning(backend, `${at}/${name}`);
  const patch = { body: { data: { changed: "" } }, contentType: "application/merge-patch+json" };
  return {
    name,
    change: () => backend.kube("PATCH", `${at}/${name}`, patch),
    remove: () => backend.kube("DELETE", `${at}/${name}`),
  };
}

async function untilRunning(backend: Backend, at: string): Promise<void> {
  while ((await backend.kube("GET", at)).body.status?.phase !== "Running")
    await new Promise((resolve) => setTimeout(resolve, 20));
}
