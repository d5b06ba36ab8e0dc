/** Creates the NGINX Deployment, in hardened namespaces too when the event says how. */
import { hasCode } from "../errors.ts";
import { notThat } from "../kube/errors.ts";
import { create as createMethod } from "../kube/methods.ts";
import type { Stored } from "../kube/object.ts";
import type { Workload } from "../kube/workloads.ts";
import { defineAction } from "./action.ts";
import { type DeploymentOptions, deployment } from "./deployment.ts";
import { type Field, image, isMap, label, objectName, replicas } from "./fields.ts";
import { refuseOtherImages } from "./images.ts";

type CreateEvent = Partial<Omit<DeploymentOptions, "owner">>;

const quantity = /^\d+(\.\d+)?([munkMGTPE]|[KMGTPE]i|e\d+)?$/;
const securityFields =
  "allowPrivilegeEscalation, appArmorProfile, capabilities, privileged, procMount, readOnlyRootFilesystem, runAsGroup, runAsNonRoot, runAsUser, seLinuxOptions, seccompProfile, windowsOptions";

const hasOnly = (value: unknown, keys: string): value is Readonly<Record<string, unknown>> =>
  isMap(value) && Object.keys(value).every((key) => keys.split(", ").includes(key));

/** Fields of the container and the Pod as Kubernetes has them. The API server checks what is inside. */
const kubernetesFields: Readonly<Record<string, Field>> = {
  resources: {
    must: 'an object such as `{"requests": {"cpu": "100m"}, "limits": {"memory": "64Mi"}}`',
    valid: (value) =>
      hasOnly(value, "requests, limits") &&
      Object.values(value).every(
        (amounts) => isMap(amounts) && Object.values(amounts).every((amount) => quantity.test(String(amount))),
      ),
  },
  securityContext: {
    must: `that of a container, an object with ${securityFields}`,
    valid: (value) => hasOnly(value, securityFields),
  },
  imagePullSecrets: {
    must: 'a list such as `[{"name": "registry"}]`',
    valid: (value) =>
      Array.isArray(value) && value.every((one: unknown) => hasOnly(one, "name") && objectName.valid(one.name)),
  },
  ports: {
    must: 'a list such as `[{"containerPort": 8080}]`, with ports from 1 to 65535',
    valid: (value) =>
      Array.isArray(value) &&
      value.every(
        (one: unknown) =>
          hasOnly(one, "containerPort, name, protocol") &&
          Number.isInteger(one.containerPort) &&
          Number(one.containerPort) > 0 &&
          Number(one.containerPort) < 65_536,
      ),
  },
};

export const create = defineAction({
  methods: { create: createMethod },
  event: { name: label, replicas, image, ...kubernetesFields },
  resources: ["deployments.apps"],
  needs: ({ on }) => ({ deployments: on<Workload>().may("create") }),
  async run({ deployments }, { event, on, requestId, namespace, owner }) {
    const given: CreateEvent & { readonly image: string } = { image: "nginx:1.12", ...event };
    refuseOtherImages(on, [given.image]);
    const name = given.name ?? `nginx-${requestId}`;
    const manifest = deployment({ replicas: 2, ...given, name, namespace, owner });
    const about = { kind: "Deployment", namespace, name };
    try {
      return { action: "created", ...about, ...created(await deployments.create(manifest)) };
    } catch (error) {
      // An earlier attempt of the same request created it.
      const isOurs = given.name === undefined && hasCode(error, "AlreadyExists");
      if (isOurs) return { action: "unchanged", ...about };
      throw error;
    }
  },
});

/** Throws `UnexpectedAnswer`. */
function created(answer: Stored<Workload>): { readonly uid: string; readonly replicas: number } {
  const { metadata, spec }: Partial<Stored<Workload>> = Object(answer);
  if (typeof metadata?.uid === "string" && typeof spec?.replicas === "number")
    return { uid: metadata.uid, replicas: spec.replicas };
  throw notThat("a Deployment", answer);
}
