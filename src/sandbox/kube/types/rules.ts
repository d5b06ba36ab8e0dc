/** Fields that the API server asks for, and the texts that they can have: of objects of built-in kinds. */
import { isList, isMap, type Json, type JsonMap } from "../object.ts";
import type { Problem } from "../status.ts";
import { asked } from "./asked.ts";
import type { Type } from "./types.ts";

interface Rule {
  /** `Required value: …` */
  readonly required?: string;
  /** `"Always", "Never"` */
  readonly values?: string;
}

let known: ReadonlyMap<string, Rule> | undefined;

/** By field: `v1.Container.image`. */
function rules(): ReadonlyMap<string, Rule> {
  if (known) return known;
  const all = new Map<string, Rule>();
  for (const [, field = "", what = ""] of asked.matchAll(/^(\S+) (.+)$/gm))
    all.set(field, { ...all.get(field), ...(what.startsWith("Required") ? { required: what } : { values: what }) });
  known = all;
  return all;
}

const isNothing = (value: Json): boolean =>
  value === undefined || value === null || value === "" || (isList(value) && value.length === 0);

/** The problems in an object, besides its metadata and its status. */
export function problemsOfType(value: JsonMap, type: Type, path = ""): readonly Problem[] {
  return [...type.fields].flatMap(([name, field]): readonly Problem[] => {
    if (path === "" && /^(metadata|status)$/.test(name)) return [];
    const [inner, at] = [value[name], path === "" ? name : `${path}.${name}`];
    const { required, values } = rules().get(`${type.go}.${name}`) ?? {};
    if (required && isNothing(inner)) return [[at, required]];
    const isOther = values && typeof inner === "string" && inner !== "" && !values.includes(JSON.stringify(inner));
    if (isOther) return [[at, `Unsupported value: ${JSON.stringify(inner)}: supported values: ${values}`]];
    const below = (one: Json, of: Type, where: string) =>
      isMap(one) && of.shape === "struct" ? problemsOfType(one, of, where) : [];
    if (isList(inner)) return inner.flatMap((one, index) => below(one, field.type.items, `${at}[${index}]`));
    return below(inner, field.type, at);
  });
}
