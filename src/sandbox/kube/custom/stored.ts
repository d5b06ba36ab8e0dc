/** Custom resources as the API server reads them: a definition can have changed since they were stored. */
import { isDeepStrictEqual } from "node:util";
import type { Kind } from "../kinds.ts";
import type { KubeObject } from "../object.ts";
import { mapOf } from "../object.ts";
import { anything, type Schema } from "./schema.ts";
import { conformed } from "./shape.ts";

/** By the object, for the schema that it was last read by. */
const known = new WeakMap<KubeObject, { readonly schema: Schema; readonly object: KubeObject }>();

/** The object with the defaults of its version, and without what that version does not have. */
export function asRead<T extends KubeObject>({ custom }: Kind<T>, stored: T): T;
export function asRead({ custom }: Kind, stored: KubeObject): KubeObject {
  if (!custom) return stored;
  const schema = custom.schema?.openAPIV3Schema ?? anything;
  const earlier = known.get(stored);
  if (earlier?.schema === schema) return earlier.object;
  const { metadata, ...rest } = stored;
  const shown = { metadata, ...mapOf(conformed(rest, schema)) };
  const object = isDeepStrictEqual(shown, stored) ? stored : shown;
  known.set(stored, { schema, object });
  return object;
}
