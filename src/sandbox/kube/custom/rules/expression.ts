/**
 * Expressions in CEL, by `@marcbachmann/cel-js`. It has neither Kubernetes' functions nor a limit, so its syntax tree is
 * changed before it is checked, and counted when it runs.
 */
import { Environment, type ParseResult } from "@marcbachmann/cel-js";
import { notSupported } from "../../status.ts";
import { patternOf } from "../re2/match.ts";
import { functions, overloads } from "./functions.ts";
import { classes, ofKubernetes, overloadsOfKubernetes } from "./kubernetes.ts";
import { decided, macroOf } from "./macros.ts";
import { sizeOf, spend } from "./meter.ts";
import { has, isMap, joined } from "./same.ts";
import { type Context, callOf, type Evaluator, type Node, partsOf } from "./syntax.ts";
import { readers } from "./types.ts";

export interface Expression {
  readonly type: string;
  readonly usesOld: boolean;
  readonly run: (variables: Readonly<Record<string, unknown>>) => unknown;
}

/** An expression that the API server refuses when the definition is written. */
export class Wrong extends Error {}

/** Functions that the API server has, and the sandbox does not; and those in these namespaces. */
const lacking = /^(first|flatten|format|last|(isS|s)emver|reverse|slice|sort|sortBy|transformMapEntry)$/;
const lackingIn = /^(format|lists|strings)$/;
const namespaces = ["sets", "ip"];
/** What the library has, and the API server does not. */
const extra = new Set([".at", ".base64", ".bind", ".hex", ".json", ".string"]);
const longest = 100_000;

/** `.name` of what is called on a value. */
const keyOf = (name: string, isMember: boolean): string => (isMember ? `.${name}` : name);
const keyIn = (signature: string): string => {
  const [, on, name = ""] = /^([\w.<>]+\.)?(\w+)\(/.exec(signature) ?? [];
  return keyOf(name, on !== undefined);
};
const own = { ...functions, ...ofKubernetes };
const renamed = new Set(Object.keys(own).map(keyIn));

function basis() {
  const environment = new Environment({
    enableOptionalTypes: true,
    limits: { maxListElements: longest, maxMapEntries: longest },
  });
  for (const [name, type] of Object.entries(classes)) environment.registerType(name, type);
  for (const name of namespaces) {
    class Namespace {}
    environment.registerType(name, Namespace).registerConstant(name, name, new Namespace());
  }
  const all = Object.entries(own).map(([signature, run]) => [signature.replace(/(\w+)\(/, "_$1("), run] as const);
  for (const [signature, run] of [...all, ...Object.entries({ ...overloads, ...overloadsOfKubernetes })])
    environment.registerFunction(signature, run, { async: false });
  for (const sign of ["<", "<=", ">", ">="])
    environment.registerOperator(`bytes ${sign} bytes`, (left: Uint8Array, right: Uint8Array) => {
      const order = Buffer.compare(left, right);
      return sign.startsWith("<")
        ? order < 0 || (sign === "<=" && order === 0)
        : order > 0 || (sign === ">=" && order === 0);
    });
  const declared = environment
    .getDefinitions()
    .functions.map(({ name, receiverType }) => keyOf(name, receiverType !== null));
  return { environment, known: new Set(declared.filter((key) => !extra.has(key))) };
}
let shared: ReturnType<typeof basis> | undefined;

/** Made when the first rule is compiled. */
function base(): ReturnType<typeof basis> {
  shared ??= basis();
  return shared;
}

export const newEnvironment = (): Environment => base().environment.clone();

function prepare(node: Node, known: ReadonlySet<string>): void {
  for (const part of partsOf(node)) prepare(part, known);
  const macro = macroOf(node);
  if (macro) node.setMeta("macro", macro).setMeta("async", false);
  const call = callOf(node);
  if (!call || macro || node.meta.alternate) return;
  const { name, on } = call;
  const key = keyOf(name, on !== undefined);
  if (node.meta.macro && !extra.has(key)) return;
  if (renamed.has(key)) (node.args as unknown[])[0] = `_${name}`;
  else if (!known.has(key)) {
    const namespace = on?.op === "id" && lackingIn.test(`${on.args}`) ? `${on.args}.` : "";
    if (namespace || lacking.test(name))
      throw notSupported(`the function ${namespace}${name}() in the rule ${JSON.stringify(node.input)}`);
    throw new Wrong(told(`undeclared reference to '${name}' (in container '')`, node));
  }
}

const inside: Handle = ([item, of]) => {
  if (isMap(of)) return of.has(item);
  if (!Array.isArray(of)) throw new Error("no such overload");
  return has(of, item);
};
const sums =
  (add: Node["handle"]): Handle =>
  (given) => {
    const [left, right] = given;
    return Array.isArray(left) && Array.isArray(right)
      ? joined(left, right)
      : add && Reflect.apply(add, undefined, given);
  };
type Handle = (given: readonly unknown[]) => unknown;
/** The library's own leaves out keys such as `constructor`. */
const mapOf = (evaluator: Evaluator, { args }: Node, context: Context): unknown =>
  new Map(
    (args as readonly (readonly [Node, Node])[]).map(([key, value]) => [
      evaluator.run(key, context),
      evaluator.run(value, context),
    ]),
  );
/** `&&` and `||`: one side decides alone, even if the other one fails. */
const either = (evaluator: Evaluator, { op, args }: Node, context: Context): unknown =>
  decided(args as readonly Node[], (side) => evaluator.run(side, context), op === "||");
const evaluated: Readonly<Record<string, Node["evaluate"]>> = { map: mapOf, "&&": either, "||": either };

/** What is thrown and caught takes longer than a step. */
const costOfError = 50;
let lastError: unknown;

/** `time.getHours(zone)`: JavaScript makes a formatter for each. */
const costOfZone = 300;
const inZone = (node: Node): boolean => {
  const { name = "", on, args = [] } = callOf(node) ?? {};
  return on !== undefined && args.length === 1 && name.startsWith("get");
};

/** Counts what a checked expression does. */
function count(node: Node): void {
  for (const part of partsOf(node)) count(part);
  const { alternate, macro, evaluate } = node.meta;
  const { op, handle } = node;
  const replaced = handle && (op === "in" ? inside : op === "+" ? sums(handle) : undefined);
  if (replaced) node.handle = (...given) => replaced(given);
  const run: Node["evaluate"] = (evaluator, self, context) => {
    if (alternate) return alternate.evaluate(evaluator, alternate, context);
    if (macro) return macro.evaluate(evaluator, macro, context);
    return (evaluated[op] ?? evaluate)(evaluator, self, context);
  };
  const cost = inZone(node) ? costOfZone : 1;
  node.evaluate = (evaluator, _, context) => {
    spend(cost);
    try {
      const value = run(evaluator, node, context);
      spend(sizeOf(value) / 10);
      return value;
    } catch (error) {
      if (error !== lastError) spend(costOfError + node.input.length / 10);
      lastError = error;
      throw error;
    }
  };
}

/** The API server reads what is written in an expression when it compiles it. */
function readLiterals(node: Node): void {
  for (const part of partsOf(node)) readLiterals(part);
  const { name = "", args = [] } = callOf(node) ?? {};
  const value = args.at(-1)?.op === "value" && args.at(-1)?.args;
  if (typeof value !== "string") return;
  try {
    if (name === "duration" || name === "timestamp") readers[name]({ value });
    if (/^_(matches|find|findAll)$/.test(name)) patternOf(value);
  } catch {
    throw new Wrong(told(`invalid ${name.replace("_", "")} argument`, node));
  }
}

const namesIn = (node: Node): readonly string[] =>
  node.op === "id" ? [`${node.args}`] : partsOf(node).flatMap(namesIn);

/** With the place, as the API server shows it. */
function told(what: string, { input, start }: { readonly input: string; readonly start: number }): string {
  const before = input.slice(0, start).split("\n");
  const column = before.at(-1)?.length ?? 0;
  return `compilation failed: ERROR: <input>:${before.length}:${column + 1}: ${what}\n | ${input.split("\n")[before.length - 1]}\n | ${".".repeat(column)}^`;
}

interface LibraryError extends Error {
  readonly summary: string;
  readonly range?: { readonly start: number };
}
const isLibrarys = (error: unknown): error is LibraryError => error instanceof Error && "summary" in error;
/** Throws `Wrong` for an error of the library. */
function refuse(error: unknown, input: string): never {
  if (error instanceof RangeError) throw notSupported(`the depth of the rule ${JSON.stringify(input)}`);
  if (!isLibrarys(error)) throw error;
  if (error.summary === "Unexpected token: QUESTION")
    throw notSupported(`optional entries in the rule ${JSON.stringify(input)}`);
  const summary = error.summary
    .replace(/^Unknown variable: (.*)$/, "undeclared reference to '$1' (in container '')")
    .replace(/^No such key: (.*)$/, "undefined field '$1'")
    .replace(/\b_(?=\w+\()/g, "")
    .replace(/\bObject\d+/g, "object");
  throw new Wrong(told(summary, { input, start: error.range?.start ?? 0 }));
}

/** Throws `Wrong`, or 501 for what the sandbox does not have. */
export function compile(input: string, environment: Environment): Expression {
  if (input.length > longest)
    throw new Wrong(
      `compilation failed: ERROR: <input>:-1:0: expression code point size exceeds limit: size: ${input.length}, limit ${longest}`,
    );
  try {
    const parsed: ParseResult = environment.parse(input);
    const node = parsed.ast as unknown as Node;
    prepare(node, base().known);
    const { error, type = "" } = parsed.check();
    if (error) throw error;
    readLiterals(node);
    count(node);
    return { type, usesOld: namesIn(node).includes("oldSelf"), run: (variables) => parsed(variables) as unknown };
  } catch (error) {
    return refuse(error, input);
  }
}

const texts: readonly (readonly [RegExp, string])[] = [
  [/^No such key: index out of bounds, index (-?\d+) .*$/, "index out of bounds: $1"],
  [/^No such key: /, "no such key: "],
  [/^modulo by zero$/, "modulus by zero"],
  [/^integer overflow: .*$/, "integer overflow"],
  [
    /^(no such overload|found no matching overload|.*is not of type|Logical operator|Ternary cond|.*predicate must).*$/s,
    "no such overload",
  ],
  [/^(int|uint|double|bool)\(\) .*$/, "type conversion error from 'string' to '$1'"],
  [/^Invalid duration string.*$/s, "type conversion error from 'string' to 'google.protobuf.Duration'"],
  [/^timestamp\(\) requires.*$/, "type conversion error from 'string' to 'google.protobuf.Timestamp'"],
  [/^Expression of type 'string' cannot.*$/, "got 'types.String', expected iterable type"],
  [/^Invalid time zone specified: /, "unknown time zone "],
  [/^Optional value is not present$/, "optional.none() dereference"],
];
/** Why an expression failed, as the API server says it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) throw error;
  const given = isLibrarys(error) ? error.summary : error.message;
  const [pattern = /$^/, text = ""] = texts.find(([pattern]) => pattern.test(given)) ?? [];
  return given.replace(pattern, text);
}
