/** Sets the images of containers, as `kubectl set image`. */
import { EksLambdaError, restated } from "../errors.ts";
import { get, patch } from "../kube/methods.ts";
import type { Stored } from "../kube/object.ts";
import { defineAction } from "./action.ts";
import { onConflict } from "./conflict.ts";
import { flag, image, mapOf, objectName, required } from "./fields.ts";
import { refuseOtherImages } from "./images.ts";
import { lastActionOf, marked } from "./last-action.ts";
import { type Images, imagesOf, type Templated, wantedImages, withImages } from "./template.ts";
import { rollouts, waiting } from "./wait.ts";

interface SetImageEvent {
  readonly image?: string;
  readonly images?: Images;
  readonly rollback?: boolean;
}

const [action, rolledBack] = ["set-image", "rollback"];

export const setImage = defineAction({
  methods: { get, patch },
  event: {
    name: required(objectName),
    ...{ image, images: mapOf(image, '{"web": "nginx:1.27"}'), wait: flag, rollback: flag },
  },
  resources: [...rollouts, "cronjobs.batch"],
  needs: ({ on }) => ({ workloads: on<Templated>().may("get", "patch") }),
  async run({ workloads }, invocation) {
    const { kind, namespace, requestId: id, event, on } = invocation;
    const { rollback, ...asked }: SetImageEvent = event;
    refuseOtherImages(on, [...(asked.image === undefined ? [] : [asked.image]), ...Object.values(asked.images ?? {})]);
    const name = String(event.name);
    const wait = waiting(invocation, name);
    const write = (found: Stored<Templated>, images: Images, mark: { action: string; from: unknown }) =>
      workloads.patch(
        { name },
        {
          ...withImages(found, images),
          metadata: { resourceVersion: found.metadata.resourceVersion, annotations: marked({ id, ...mark }) },
        },
      );

    const { from, images, isDone } = await onConflict(async () => {
      const found = await workloads.get({ name });
      const [last, has] = [lastActionOf(found.metadata), imagesOf(found)];
      const images = wantedImages(found, asked);
      // An earlier attempt of this request did it, or even undid it.
      if (last?.id === id) return { from: last.from as Images, images, isDone: last.action };
      const from = Object.fromEntries(Object.keys(images).map((name) => [name, has[name] ?? ""]));
      if (Object.keys(images).every((name) => images[name] === from[name])) return { from, images, isDone: "" };
      await write(found, images, { action, from });
      return { from, images, isDone: undefined };
    });

    const about = { kind, namespace, name, images, from };
    const answer = { action: isDone === "" ? "unchanged" : "updated", ...about };
    if (isDone === rolledBack)
      throw new EksLambdaError(
        "RolloutFailed",
        `${kind} "${name}" did not roll out, and was rolled back to ${shownImages(from)}`,
      );
    try {
      return { ...answer, ...(await wait?.()) };
    } catch (error) {
      const isFailed = error instanceof EksLambdaError && error.code === "RolloutFailed";
      if (!isFailed || !rollback) throw error;
      const undone = await onConflict(async () => {
        const found = await workloads.get({ name });
        // Someone else changed it meanwhile.
        if (lastActionOf(found.metadata)?.id !== id) return false;
        await write(found, from, { action: rolledBack, from });
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
