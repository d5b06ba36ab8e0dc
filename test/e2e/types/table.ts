/**
 * The table of types that the sandbox decodes objects by: `src/sandbox/kube/types/table.ts`. Names, types and what is
 * omitted come from the Go types that the API server decodes into; kinds of lists, defaults and keys of patches from its
 * OpenAPI document.
 */

/** What the part `types` prints. */
export interface GoTypes {
  readonly kinds: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, { readonly fields?: readonly GoField[]; readonly of?: string }>>;
}
interface GoField {
  readonly name: string;
  readonly type: string;
  readonly omit: "" | "empty" | "zero";
  readonly inline: boolean;
  readonly number: number;
}

type Schema = Readonly<Record<`x-kubernetes-${string}`, unknown>> & {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
};
/** By the names of OpenAPI: `io.k8s.api.core.v1.Pod`. */
export type Schemas = Readonly<Record<string, Schema>>;

/** `k8s.io/api/core/v1.Pod` is `core/v1.Pod`. */
const short = (type: string): string => type.replace(/[\w.-]+(?:\/[\w.-]+)*\/([\w-]+\/[\w-]+\.)/g, "$1");

/** `k8s.io/api/core/v1.Pod` is `io.k8s.api.core.v1.Pod`. */
function openApiName(type: string): string {
  const [host = "", ...path] = type.split("/");
  return [...host.split(".").reverse(), ...path].join(".");
}

const marks = { "": ":", empty: "?", zero: "~" } as const;
const isZero = (value: unknown): boolean => !value || JSON.stringify(value) === "{}";
const isAtomic = (schema?: Schema): boolean => schema?.["x-kubernetes-map-type"] === "atomic";

/** The number of each field that has not the next one, and of each embedded struct that is a message. */
function numbersOf(fields: readonly GoField[]): readonly string[] {
  let last = 0;
  return fields.map(({ number, inline }) => {
    const isNext = inline ? number === 0 : number === last + 1;
    last = number || last;
    return isNext ? "" : `${number}.`;
  });
}

function fieldOf({ name, type, omit, inline }: GoField, schema: Schema = {}): string {
  if (inline) return `*${short(type)}`;
  const kindOfList = schema["x-kubernetes-list-type"];
  const keys = kindOfList === "map" ? `@${(schema["x-kubernetes-list-map-keys"] as string[]).join(",")}` : "";
  const strategies = `${schema["x-kubernetes-patch-strategy"] ?? ""}`.split(",");
  return [
    `${name}${marks[omit]}${short(type)}`,
    kindOfList === "set" ? "@" : keys,
    strategies.includes("merge") ? `+${schema["x-kubernetes-patch-merge-key"] ?? ""}` : "",
    strategies.includes("retainKeys") ? "^" : "",
    strategies.includes("replace") ? "%" : "",
    isAtomic(schema) ? "!" : schema["x-kubernetes-map-type"] === "granular" ? "!-" : "",
    isZero(schema.default) && !(schema.default === "" && omit === "empty") ? "" : `=${JSON.stringify(schema.default)}`,
  ].join("");
}

/** A line for each type, as `src/sandbox/kube/types/types.ts` reads it. */
export function tableOf({ kinds, types }: GoTypes, schemas: Schemas): string {
  const lines = Object.entries(types).map(([name, { fields, of = "" }]) => {
    if (!fields) return `${short(name)} = ${short(of)}`;
    const { properties = {}, ...schema } = schemas[openApiName(name)] ?? {};
    const numbers = numbersOf(fields);
    const all = fields.map((field, index) => numbers[index] + fieldOf(field, properties[field.name]));
    return [short(name) + (isAtomic(schema) ? "!" : ""), ...all].join(" ");
  });
  const ofKinds = Object.entries(kinds).map(([kind, type]) => `${kind} > ${short(type)}`);
  return [...ofKinds, ...lines.sort()].join("\n");
}

export const moduleOf = (table: string): string => `/**
 * Generated from the API server's types and OpenAPI documents, see test/e2e/types.test.ts. A line for each kind, then one for
 * each type: \`7.replicas?*int32\` is a field that is omitted if it is empty (\`:\` never, \`~\` if it is zero); a type with \`*\`
 * in front of it, without a name, is embedded. A number is that of the field in protobuf, if it is not the next one. \`@\` are the keys of a list, or nothing for a set; \`+\` the key by which
 * strategic merge patches merge it; \`^\` is retainKeys; \`%\` is replaced by them; \`!\` is atomic, \`!-\` is not, whatever its
 * type says; \`=\` the default.
 */
export const table = \`
${table}
\`;
`;
