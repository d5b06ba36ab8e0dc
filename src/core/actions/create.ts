/** Creates the NGINX Deployment. */
import { EksLambdaError } from "../errors.ts";
import { notThat } from "../kube/errors.ts";
import { create as createMethod } from "../kube/methods.ts";
import type { Stored } from "../kube/object.ts";
import type { Workload } from "../kube/workloads.ts";
import { defineAction } from "./action.ts";
import { deployment } from "./deployment.ts";
import { image, label, replicas } from "./fields.ts";

interface CreateEvent {
  readonly name?: string;
  readonly replicas?: number;
  readonly image?: string;
}

export const create = defineAction({
  methods: { create: createMethod },
  event: { name: label, replicas, image },
  resources: ["deployments.apps"],
  needs: ({ on }) => ({ deployments: on<Workload>().may("create") }),
  async run({ deployments }, { event, requestId, namespace, owner }) {
    const given: CreateEvent = event;
    const name = given.name ?? `nginx-${requestId}`;
    const manifest = deployment({ replicas: 2, image: "nginx:1.12", ...given, name, namespace, owner });
    const about = { kind: "Deployment", namespace, name };
    try {
      return { action: "created", ...about, ...created(await deployments.create(manifest)) };
    } catch (error) {
      // An earlier attempt of the same request created it.
      const isOurs = given.name === undefined && error instanceof EksLambdaError && error.code === "AlreadyExists";
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
