/** Sets the images of containers, as `kubectl set image`. */
import { EksLambdaError, hasCode, restated } from "../errors.ts";
import { get, patch } from "../kube/methods.ts";
import type { Patch } from "../kube/object.ts";
import { defineAction } from "./action.ts";
import { onConflict } from "./conflict.ts";
import { flag, image, mapOf, objectName, required } from "./fields.ts";
import { refuseOtherImages } from "./images.ts";
import { carryOut, isAsLeft, once, superseded } from "./once.ts";
import { type Images, imagesOf, type Templated, wantedImages, withImages } from "./template.ts";
import { rollouts, waiting } from "./wait.ts";

interface SetImageEvent {
  readonly image?: string;
  readonly images?: Images;
  readonly rollback?: boolean;
}

/** The action of the answer that a retry finds after a rollback. */
const rolledBack = "rollback";

export const setImage = defineAction({
  methods: { get, patch },
  event: {
    name: required(objectName),
    image,
    images: mapOf(image, '{"web": "nginx:1.27"}'),
    wait: flag,
    rollback: flag,
  },
  resources: [...rollouts, "cronjobs.batch"],
  needs: ({ on }) => ({ workloads: on<Templated>().may("get", "patch") }),
  async run({ workloads }, invocation) {
    const { kind, namespace, requestId: id, event, on } = invocation;
    const { rollback, ...asked }: SetImageEvent = event;
    refuseOtherImages(on, [...(asked.image === undefined ? [] : [asked.image]), ...Object.values(asked.images ?? {})]);
    const name = String(event.name);
    const wait = waiting(invocation, name);
    const write = (patch: Patch<Templated>) => workloads.patch({ name }, patch);
    /** A rollback brings images, too. */
    const checkRollback = (from: unknown) => {
      if (rollback && wait) refuseOtherImages(on, Object.values(Object(from)));
    };

    const done = await onConflict(async () => {
      const found = await workloads.get({ name });
      return once({ found, id, write, mayFail: wait !== undefined }, () => {
        const [has, images] = [imagesOf(found), wantedImages(found, asked)];
        const from = Object.fromEntries(Object.keys(images).map((name) => [name, has[name] ?? ""]));
        const isSame = Object.keys(images).every((name) => images[name] === from[name]);
        if (isSame) return { answer: { action: "unchanged", images, from }, images: has };
        checkRollback(from);
        const patch = withImages(found, images);
        return { answer: { action: "updated", images, from }, images: { ...has, ...images }, patch };
      });
    });

    const about = { kind, namespace, name };
    const { action } = done;
    const from = done.from as Images;
    if (action === superseded) return { ...done, ...about };
    if (action === rolledBack)
      throw new EksLambdaError(
        "RolloutFailed",
        `${kind} "${name}" did not roll out, and was rolled back to ${shownImages(from)}`,
      );
    // A retry has them from the annotation, where anything may be.
    if (action === "updated") checkRollback(from);
    try {
      return { ...done, ...about, ...(await wait?.()) };
    } catch (error) {
      const isFailed = hasCode(error, "RolloutFailed");
      if (!isFailed || !rollback || action !== "updated") throw error;
      const undone = await onConflict(async () => {
        const found = await workloads.get({ name });
        if (!isAsLeft({ found, id })) return false;
        const images = { ...imagesOf(found), ...from };
        const answer = { action: rolledBack, from };
        await carryOut({ found, id, write }, { answer, images, patch: withImages(found, from) });
        return true;
      });
      const outcome = undone
        ? `rolled back to ${shownImages(from)}`
        : "not rolled back, because someone changed it meanwhile";
      throw restated(error, `${error.message}; ${outcome}`);
    }
  },
});

const shownImages = (images: Images): string => Object.values(images).join(", ");
