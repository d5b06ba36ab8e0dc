/** Label selectors, as text and as objects. Source: k8s.io/apimachinery/pkg/labels */
import { problemOfKey, problemOfValue } from "../names.ts";
import { at, type Json, type Labels, listOf, mapOf, textsOf } from "../object.ts";
import { badRequest } from "../status.ts";

type Operator = "in" | "notin" | "exists" | "!" | "gt" | "lt";
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

const tests: Readonly<Record<Operator, (value: string | undefined, values: readonly string[]) => boolean>> = {
  in: (value, values) => value !== undefined && values.includes(value),
  notin: (value, values) => value === undefined || !values.includes(value),
  exists: (value) => value !== undefined,
  "!": (value) => value === undefined,
  gt: (value, [least]) => Number.parseInt(value ?? "", 10) > Number(least),
  lt: (value, [most]) => Number.parseInt(value ?? "", 10) < Number(most),
};

export const matches = (requirements: readonly Requirement[], labels: Labels = {}): boolean =>
  requirements.every(({ key, operator, values }) => tests[operator](labels[key], values));

const operators: Readonly<Record<string, Operator>> = { In: "in", NotIn: "notin", Exists: "exists", DoesNotExist: "!" };

/** The requirements of a selector in an object, for example `spec.selector` of a ReplicaSet. An empty one selects everything. */
export const requirementsOf = (selector: Json): readonly Requirement[] => [
  ...Object.entries(textsOf(at(selector, "matchLabels"))).map(([key, value]) => ({
    key,
    operator: "in" as const,
    values: [value],
  })),
  ...listOf(at(selector, "matchExpressions"))
    .map(mapOf)
    .map(({ key, operator, values }) => ({
      key: `${key}`,
      operator: operators[`${operator}`] ?? "in",
      values: listOf(values).map(String),
    })),
];

/** `app=web,tier in (a,b)`: the text of a selector in an object. */
export function selectorText(selector: Json): string {
  const equal = Object.entries(textsOf(at(selector, "matchLabels"))).map(([key, value]) => [key, `${key}=${value}`]);
  const others = requirementsOf({ matchExpressions: at(selector, "matchExpressions") }).map(
    ({ key, operator, values }) => {
      if (operator === "exists") return [key, key];
      return [key, operator === "!" ? `!${key}` : `${key} ${operator} (${values.toSorted()})`];
    },
  );
  const all = [...equal, ...others].sort(([one = ""], [other = ""]) => (one < other ? -1 : Number(one > other)));
  return all.map(([, text]) => text).join(",");
}

const symbols: Readonly<Record<string, Operator>> = {
  "=": "in",
  "==": "in",
  in: "in",
  "!=": "notin",
  notin: "notin",
  ">": "gt",
  "<": "lt",
};
const isWord = (token = ""): boolean => /^[^=!(),<>]+$/.test(token);

/** Throws 400 with the message of the API server's parser. */
export function parseLabels(text: string): readonly Requirement[] {
  const tokens = text.match(/==|!=|[=!(),<>]|[^\s=!(),<>]+/g) ?? [];
  const take = (): string => tokens.shift() ?? "";
  const found = (token: string, expected: string): Error => badRequest(`found '${token}', expected: ${expected}`);
  const all: Requirement[] = [];
  while (tokens.length > 0) {
    if (!isWord(tokens[0]) && tokens[0] !== "!") throw found(take(), "!, identifier, or 'end of string'");
    all.push(parseRequirement(tokens, take));
    const end = take();
    if (end !== "," && end !== "") throw found(end, "',' or 'end of string'");
    if (end === "," && !isWord(tokens[0]) && tokens[0] !== "!") throw found(take(), "identifier after ','");
  }
  return all;
}

function parseRequirement(tokens: readonly string[], take: () => string): Requirement {
  const refuse = (why: string): Error => badRequest(`unable to parse requirement: ${why}`);
  const absent = tokens[0] === "!" && take() === "!";
  const key = take();
  if (!isWord(key)) throw refuse(`found '${key}', expected: identifier`);
  const problem = problemOfKey(key);
  if (problem) throw refuse(`<nil>: Invalid value: ${JSON.stringify(key)}: ${problem}`);
  if (absent) return { key, operator: "!", values: [] };
  if (tokens[0] === undefined || tokens[0] === ",") return { key, operator: "exists", values: [] };
  const symbol = take();
  const operator = symbols[symbol];
  if (!operator) throw refuse(`found '${symbol}', expected: in, notin, =, ==, !=, gt, lt`);
  const values = /^(in|notin)$/.test(symbol) ? parseSet(tokens, take, refuse) : [parseValue(tokens, take, refuse)];
  const given = (index: number) => `Invalid value: ${JSON.stringify(values[index])}`;
  if (/[<>]/.test(symbol) && !/^\d+$/.test(values[0] ?? ""))
    throw refuse(`values[0]: ${given(0)}: for 'Gt', 'Lt' operators, the value must be an integer`);
  for (const [index, value] of values.entries()) {
    const why = problemOfValue(value);
    if (why) throw refuse(`values[${index}][${key}]: ${given(index)}: ${why}`);
  }
  return { key, operator, values };
}

type Refuse = (why: string) => Error;

function parseValue(tokens: readonly string[], take: () => string, refuse: Refuse): string {
  if (tokens[0] === undefined || tokens[0] === ",") return "";
  const value = take();
  if (!isWord(value)) throw refuse(`found '${value}', expected: identifier`);
  return value;
}

/** Parses `(a, b)`. A value may be empty. */
function parseSet(tokens: readonly string[], take: () => string, refuse: Refuse): readonly string[] {
  const open = take();
  if (open !== "(") throw refuse(`found '${open}' expected: '('`);
  const values = [""];
  for (let token = take(); token !== ")"; token = take()) {
    if (token === ",") values.push("");
    else if (isWord(token)) values[values.length - 1] = token;
    else throw refuse(`found '${token}', expected: ',' or ')'`);
    if (isWord(token) && tokens[0] !== "," && tokens[0] !== ")")
      throw refuse(`found '${tokens[0] ?? ""}', expected: ',' or ')'`);
  }
  return [...new Set(values)].sort();
}
