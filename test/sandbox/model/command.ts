/** A command of the model. */
import type fc from "fast-check";
import type { Model } from "./model.ts";
import type { World } from "./world.ts";

export type Command = fc.AsyncCommand<Model, World>;

/** The name of the command and its input, as a failure shows it. */
export const command = (name: string, input: object, run: (model: Model, world: World) => Promise<void>): Command => ({
  check: () => true,
  run,
  toString: () => `${name} ${JSON.stringify(input)}`,
});
