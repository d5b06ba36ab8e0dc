/** A function of the user's: its code, and the rights that the code declares. */
import { basename } from "node:path";
import { EksLambdaError, usageError } from "../errors.ts";
import { readNeeds } from "../grant/declared.ts";
import { formatNeed, type Need } from "../kube/need.ts";
import type { Source } from "../setup/config.ts";
import { bundled } from "./bundle.ts";
import { type Loaded, load } from "./child.ts";
import { callbackRefusal, callbackRemedy } from "./runtime.ts";

export interface SourceFile {
  /** As it was given. */
  readonly path: string;
  /** The same, absolute. */
  readonly file: string;
}

/**
 * Bundles the file, then runs the bundle once to read its needs. Throws `EntryInvalid` (usage), `EsbuildMissing`,
 * `EntryFailed`.
 */
export async function readSource({ path, file }: SourceFile): Promise<Source> {
  const { code, largest, cycle } = await bundled(file);
  const loaded = await load(code);
  if (loaded.kind !== "loaded") throw failed(basename(file), loaded, cycle);
  if (loaded.handler !== "function")
    throw usageError(
      "EntryInvalid",
      `${basename(file)} exports no function \`handler\``,
      "export it: export const handler = defineFunction({ … }), or export async function handler(event) { … }",
    );
  if (loaded.takesCallback)
    throw usageError("EntryInvalid", `\`handler\` of ${basename(file)} ${callbackRefusal}`, callbackRemedy);
  return { path, code, largest, needs: declared(basename(file), loaded) };
}

type NotLoaded = Exclude<Loaded, { readonly kind: "loaded" }>;

function failed(name: string, loaded: NotLoaded, cycle: string | undefined): EksLambdaError {
  const error = (what: string, hint: string) =>
    new EksLambdaError("EntryFailed", `${name} ${what}; setup runs it once, to read the rights that it declares`, {
      hint,
    });
  switch (loaded.kind) {
    case "late":
      return error("did not finish loading within 5 s", "do the work in the handler, not while the module loads");
    case "long":
      return error("declares more than 1 MB", "declare fewer rights, or split the function");
    case "exited":
      return error(
        `ended its process while it loaded (${loaded.status})`,
        "do not exit while the module loads, and do not wait there for what never comes",
      );
    case "threw":
      return error(`failed while it loaded: ${loaded.name}: ${loaded.message}`, hintFor(loaded.message, cycle));
  }
}

/** What modules that import each other find: the other one's variables do not exist yet. */
function hintFor(message: string, cycle: string | undefined): string {
  if (cycle !== undefined && /before initialization|undefined|not a (function|constructor)/.test(message))
    return `these files import each other: ${cycle}; move what both need into a third`;
  return "it has no environment, no credentials and an empty HOME here: read these in the handler";
}

/** `undefined` for a handler that declares nothing. Throws `EntryInvalid`, `InvalidNeed` (usage). */
function declared(name: string, { needs, ready }: Loaded & { readonly kind: "loaded" }): readonly Need[] | undefined {
  if (needs === undefined) return undefined;
  // Setup asks the deployed function for its checks, which a handler that was not created by defineFunction does not know.
  if (ready !== "function" || !Array.isArray(needs) || !needs.every(isNeed))
    throw usageError(
      "EntryInvalid",
      `\`handler.needs\` of ${name} was not created by defineFunction`,
      "make the handler with defineFunction of eks-lambda/lambda; or leave `needs` out, and use --allow",
    );
  return readNeeds(needs.map(formatNeed));
}

/** The code may have made it without defineFunction. */
function isNeed(value: unknown): value is Need {
  const { group, resource, verbs, names, namespace, cluster }: Partial<Record<keyof Need, unknown>> = Object(value);
  const isText = (one: unknown) => typeof one === "string";
  const areTexts = (all: unknown) => Array.isArray(all) && all.length > 0 && all.every(isText);
  return (
    isText(group) &&
    isText(resource) &&
    areTexts(verbs) &&
    (names === undefined || areTexts(names)) &&
    (namespace === undefined || isText(namespace)) &&
    (cluster === undefined || cluster === true)
  );
}
