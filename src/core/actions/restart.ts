/** Restarts the Pods of a workload, as `kubectl rollout restart`. */
import { patch } from "../kube/methods.ts";
import { defineAction } from "./action.ts";
import { flag, objectName, required } from "./fields.ts";
import { rollouts, waiting } from "./wait.ts";

/** The annotation on the Pod template is the request id, so that Lambda's retry changes nothing. */
const restartedBy = "eks-lambda/restarted-by";

export const restart = defineAction({
  methods: { patch },
  event: { name: required(objectName), wait: flag },
  resources: rollouts,
  needs: ({ on }) => ({ workloads: on().may("patch") }),
  async run({ workloads }, invocation) {
    const { kind, namespace, requestId, event } = invocation;
    const name = String(event.name);
    const wait = waiting(invocation, name);
    const annotations = { [restartedBy]: requestId };
    await workloads.patch({ name }, { spec: { template: { metadata: { annotations } } } });
    return { action: "restarted", kind, namespace, name, ...(await wait?.()) };
  },
});
