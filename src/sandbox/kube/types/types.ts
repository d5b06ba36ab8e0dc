/** The Go types that the API server decodes objects into. */
import type { Json } from "../object.ts";
import { table } from "./table.ts";

/** `itself`: decodes itself, see scalars.ts. */
type Shape = "struct" | "map" | "list" | "string" | "bool" | "int32" | "int64" | "float64" | "bytes" | "itself";

export interface Field {
  readonly name: string;
  readonly type: Type;
  /** What is not shown: an empty value, a zero one, or none. */
  readonly omit: "never" | "empty" | "zero";
  /** The struct from which the field is embedded. */
  readonly embedded: string | undefined;
  readonly default: Json;
  /** Of a list: the keys of its items, or `set`. Other lists are one value. */
  readonly keys: readonly string[] | "set" | undefined;
  /** Of a list: the key by which a strategic merge patch merges it, `""` for texts. Others are replaced. */
  readonly mergeKey: string | undefined;
  /** A strategic merge patch replaces it, though it is a map. */
  readonly isReplaced: boolean;
  /** A map that is one value, though its fields are known, as its type or the field says. */
  readonly isAtomic: boolean;
}

/** A field, or an embedded struct, which has no name. */
export interface Declared extends Field {
  /** In protobuf; 0 for none. */
  readonly number: number;
}

/** A text of the table. It is parsed when someone asks for what is inside. */
export class Type {
  readonly shape: Shape;
  /** The name in Go's messages: `[]v1.Container`. */
  readonly go: string;
  readonly isPointer: boolean;
  /** The whole is one value. */
  readonly isAtomic: boolean;
  readonly #inside: string;
  #declared: readonly Declared[] | undefined;
  #fields: ReadonlyMap<string, Field> | undefined;

  constructor(text: string) {
    this.isPointer = text.startsWith("*");
    const own = this.isPointer ? text.slice(1) : text;
    const line = lineOf(own);
    this.go = own.replace(/[\w-]+\/([\w-]+\.)/g, "$1");
    this.isAtomic = line?.mark === "!";
    // A named type such as `core/v1.ResourceList = map[…]…`.
    const of = line?.mark === "=" ? line.rest : own;
    // Of a struct without fields nothing is said.
    const isStruct = line !== undefined && (line.mark !== "=" || line.rest === "");
    this.shape = isStruct ? "struct" : shapeOf(of);
    this.#inside = isStruct ? line.rest : of;
  }

  /** Of a struct, with those of the structs that it embeds. */
  get fields(): ReadonlyMap<string, Field> {
    this.#fields ??= new Map(this.declared.flatMap(fieldsOf).map((field) => [field.name, field]));
    return this.#fields;
  }

  /** Of a struct, as it declares them. */
  get declared(): readonly Declared[] {
    this.#declared ??= this.shape === "struct" ? [...declarationsIn(this.#inside)] : [];
    return this.#declared;
  }

  /** Of a list or a map. */
  get items(): Type {
    return typeNamed(this.#inside.replace(/^(\[\]|map\[[^\]]*\])/, ""));
  }
}

const scalars: readonly Shape[] = ["string", "bool", "int32", "int64", "float64", "itself"];

function shapeOf(text: string): Shape {
  if (text === "[]uint8") return "bytes";
  if (text.startsWith("[]")) return "list";
  if (text.startsWith("map[")) return "map";
  return scalars.find((one) => one === text) ?? "itself";
}

interface Line {
  readonly mark: string;
  readonly rest: string;
}
/** By kind and by type. */
let lines: ReadonlyMap<string, Line> | undefined;

function lineOf(name: string): Line | undefined {
  lines ??= new Map(
    table.split("\n").map((line) => {
      const [, one = "", mark = "", rest = ""] = /^([^ !]+)(!| =| >)?(?: (.*))?$/.exec(line) ?? [];
      return [one, { mark: mark.trim(), rest }];
    }),
  );
  return lines.get(name);
}

const known = new Map<string, Type>();
/** By its name in the table: `apps/v1.Deployment`. */
export function typeNamed(text: string): Type {
  const found = known.get(text) ?? new Type(text);
  known.set(text, found);
  return found;
}

const pattern =
  /^(?:(\d+)\.)?([^:?~]*)([:?~])([^@+^%!=]+)(?:(@)([^+^%!=]*))?(?:(\+)([^^%!=]*))?\^?(%)?(!-?)?(?:=(.*))?$/;
const embedding = /^(?:(\d+)\.)?\*(.*)$/;
const omits: Readonly<Record<string, Field["omit"]>> = { "?": "empty", "~": "zero" };
const none = { omit: "never", embedded: undefined, default: undefined, keys: undefined, mergeKey: undefined } as const;

function* declarationsIn(text: string): Generator<Declared> {
  let last = 0;
  for (const one of text.split(" ").filter(Boolean)) {
    const embedded = embedding.exec(one);
    if (embedded) {
      const number = Number(embedded[1] ?? 0);
      last = number || last;
      yield { ...none, name: "", type: typeNamed(`${embedded[2]}`), number, isReplaced: false, isAtomic: false };
      continue;
    }
    const [
      ,
      number = `${last + 1}`,
      name = "",
      mark = "",
      type = "",
      list,
      keys = "",
      merges,
      key = "",
      replaced,
      atomic,
      json,
    ] = pattern.exec(one) ?? [];
    last = Number(number) || last;
    yield {
      ...{ name, type: typeNamed(type), number: Number(number), omit: omits[mark] ?? "never", embedded: undefined },
      default: json === undefined ? undefined : JSON.parse(json),
      keys: list ? (keys ? keys.split(",") : "set") : undefined,
      mergeKey: merges ? key : undefined,
      isReplaced: Boolean(replaced),
      isAtomic: atomic ? atomic === "!" : typeNamed(type).isAtomic,
    };
  }
}

function fieldsOf(declared: Declared): readonly Field[] {
  const { name, type } = declared;
  if (name) return [declared];
  const embedded = type.go.split(".").at(-1);
  return [...type.fields.values()].map((field) => ({ ...field, embedded }));
}

interface TypeMeta {
  readonly kind: string;
  readonly apiVersion: string;
}
/** The type of a kind's objects. Undefined for custom resources. */
export function typeOf({ apiVersion, kind }: TypeMeta): Type | undefined {
  const line = lineOf(`${apiVersion}/${kind}`);
  return line && typeNamed(line.rest);
}

/** Of every kind. */
export const metadataType = (): Type => typeNamed("meta/v1.ObjectMeta");
