/** Reads an object, or a value in it, as kubectl does with `-o jsonpath`. Can wait until there is one. */
import { get as getMethod } from "../kube/methods.ts";
import type { KubeObject } from "../kube/object.ts";
import { until } from "../kube/streams.ts";
import { defineAction } from "./action.ts";
import { flag, objectName, required } from "./fields.ts";
import { jsonPath, textAt } from "./json-path.ts";
import { waitSignal } from "./wait.ts";

interface Managed extends KubeObject {
  readonly metadata?: KubeObject["metadata"] & { readonly managedFields?: unknown };
}

/** As `kubectl get -o json`. */
const shownOf = ({ metadata, ...object }: Managed) => ({
  ...object,
  metadata: { ...metadata, managedFields: undefined },
});

export const get = defineAction({
  methods: { get: getMethod, until },
  event: { name: required(objectName), jsonPath, wait: flag },
  needs: ({ on }) => ({ objects: on<Managed>().may("get", "list", "watch") }),
  async run({ objects }, { kind, namespace, event, remainingMs }) {
    const name = String(event.name);
    const path = event.jsonPath as string | undefined;
    const valueIn = (object: Managed) => (path === undefined ? shownOf(object) : textAt(path, object));
    const has = Object.assign((object: Managed) => valueIn(object) !== "", { describe: () => `${path} is empty` });
    const object = event.wait
      ? await objects.until({ name }, has, { absent: "wait", signal: waitSignal(remainingMs()) })
      : await objects.get({ name });
    return { action: "read", kind, namespace, name, value: valueIn(object) };
  },
});
