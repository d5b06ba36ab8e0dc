/** `fieldValidation`: what becomes of fields that a kind does not have, or that are sent twice. */
import { anything } from "../custom/schema.ts";
import { unknownIn } from "../custom/shape.ts";
import type { Handling } from "../handling.ts";
import { isMap, type JsonMap, type KubeObject, objectOf } from "../object.ts";
import type { CustomVersion } from "../objects.ts";
import { invalidOptions } from "../options.ts";
import { unsupported } from "../status.ts";
import { type Decoded, decode } from "../types/decode.ts";
import { Refused } from "../types/errors.ts";
import { duplicatesIn } from "../types/source.ts";
import { metadataType } from "../types/types.ts";

const options: Readonly<Record<string, string>> = { POST: "CreateOptions", PUT: "UpdateOptions" };
const values = ["", "Ignore", "Strict", "Warn"];

/** Throws 422 for another value. */
function validationOf({ method, query }: Handling["request"]): string {
  const value = query.get("fieldValidation") ?? "";
  if (!values.includes(value))
    throw invalidOptions(options[method] ?? "PatchOptions", [["fieldValidation", unsupported(value, values)]]);
  return value || "Warn";
}

interface Decoding {
  /** Throws `Refused`. */
  readonly decode: () => Decoded;
  /** What was found before: `duplicate field "spec.replicas"`. */
  readonly strict?: readonly string[];
  /** The answer for an object that is refused. */
  readonly refusal: (why: string) => Error;
}

/** Decodes what someone sent. Throws the refusal; warns about unknown fields, which are dropped. */
export function decoded(handling: Handling, { decode, strict: earlier = [], refusal }: Decoding): KubeObject {
  const validation = validationOf(handling.request);
  const { value, strict } = checked(decode, refusal);
  const problems = validation === "Ignore" ? [] : [...earlier, ...strict];
  if (validation === "Strict" && problems.length > 0) throw refusal(`strict decoding error: ${problems.join(", ")}`);
  for (const problem of problems) for (const line of linesOf(problem)) handling.warnings.add(line);
  const { kind: _, apiVersion, ...object }: JsonMap = value;
  return objectOf(object);
}

/** Decodes a custom resource, of which only the metadata has a type. */
export function decodedCustom({ schema }: CustomVersion, sent: JsonMap): Decoded {
  const { apiVersion, kind, metadata, ...rest } = sent;
  const of = metadataType();
  const { value, strict } = isMap(metadata) ? decode(metadata, of) : { value: {}, strict: [] };
  const within = strict.map((one) => one.replace('field "', 'field "metadata.'));
  return {
    value: { ...rest, metadata: value },
    strict: [...duplicatesIn(sent), ...within, ...unknownIn(rest, schema?.openAPIV3Schema ?? anything)],
  };
}

function checked(decode: () => Decoded, refusal: Decoding["refusal"]): Decoded {
  try {
    return decode();
  } catch (error) {
    throw error instanceof Refused ? refusal(error.message) : error;
  }
}

/** Problems of YAML are one text with a line for each. */
const linesOf = (problem: string): readonly string[] =>
  problem.startsWith("yaml: ") ? problem.split("\n  ").slice(1) : [problem];
