/** Sets the number of replicas, by the scale subresource. */
import { EksLambdaError, hasCode } from "../errors.ts";
import { scale as scaleMethod } from "../kube/methods.ts";
import { defineAction } from "./action.ts";
import { flag, objectName, replicas, required } from "./fields.ts";
import { waiting } from "./wait.ts";

interface ScaleEvent {
  readonly replicas: number;
  readonly from?: number;
}

export const scale = defineAction({
  methods: { scale: scaleMethod },
  event: { name: required(objectName), replicas: required(replicas), from: replicas, wait: flag },
  needs: ({ on }) => ({ scaled: on().may("scale") }),
  async run({ scaled }, invocation) {
    const { kind, namespace, event } = invocation;
    const { replicas, from } = event as unknown as ScaleEvent;
    const name = String(event.name);
    const wait = waiting(invocation, name);
    const current = async () => (await scaled.scale({ name })).spec?.replicas ?? 0;
    const before = await current();
    const about = { kind, namespace, name, replicas };
    // Also what a retry finds.
    if (before === replicas) return { action: "unchanged", ...about, ...(await wait?.()) };
    const refused = (has: number) =>
      new EksLambdaError("Conflict", `${kind} "${name}" has ${has} replicas, not ${from}`, {
        hint: "someone else scaled it: leave out `from`, or give the number that it has",
      });
    if (from !== undefined && before !== from) throw refused(before);
    try {
      await scaled.scale({ name }, replicas, from === undefined ? {} : { from });
    } catch (error) {
      if (!(from !== undefined && hasCode(error, "Invalid"))) throw error;
      throw refused(await current());
    }
    return { action: "scaled", ...about, from: before, ...(await wait?.()) };
  },
});
