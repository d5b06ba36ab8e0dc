/** The syntax tree of `@marcbachmann/cel-js`, as far as rules change it. */

export interface Context {
  forkWithVariable(name: string, type: Type): Fork;
}
export interface Fork extends Context {
  reuse(outer: Context): Fork;
  setIterValue(value: unknown, evaluator: Evaluator): Fork;
}
export interface Evaluator {
  run(node: Node, context: Context): unknown;
}
export interface Type {
  readonly kind: string;
  readonly keyType: Type;
  readonly valueType: Type;
  isDynOrBool(): boolean;
  unify(registry: Registry, other: Type): Type | null;
}
interface Registry {
  getListType(of: Type): Type;
  getMapType(key: Type, of: Type): Type;
  getOptionalType(of: Type): Type;
}
export interface Checker {
  readonly registry: Registry;
  check(node: Node, context: Context): Type;
  getType(name: string): Type;
  createError(code: string, message: string, node: Node): Error;
  formatType(type: Type): string;
}
type Evaluate<T> = (evaluator: Evaluator, self: T, context: Context) => unknown;
export interface Macro {
  typeCheck(checker: Checker, macro: Macro, context: Context): Type;
  evaluate: Evaluate<Macro>;
}
export interface Node {
  readonly op: string;
  readonly args: unknown;
  readonly input: string;
  readonly start: number;
  readonly meta: { readonly alternate?: Node; readonly macro?: Macro; readonly evaluate: Evaluate<Node> };
  setMeta(key: "macro" | "async", value: unknown): Node;
  evaluate: Evaluate<Node>;
  /** Of an operator: what is done with both sides. */
  handle?: (...given: readonly unknown[]) => unknown;
}
/** `name(args)`, `on.name(args)` */
export interface Call {
  readonly name: string;
  readonly on: Node | undefined;
  readonly args: readonly Node[];
}

export function callOf({ op, args }: Node): Call | undefined {
  if (op !== "call" && op !== "rcall") return undefined;
  const [name, ...rest] = args as [string, ...unknown[]];
  return { name, on: op === "rcall" ? (rest[0] as Node) : undefined, args: rest.at(-1) as readonly Node[] };
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "setMeta" in value;
const nodesIn = (value: unknown): readonly Node[] =>
  isNode(value) ? [value] : Array.isArray(value) ? value.flatMap(nodesIn) : [];

/** What is evaluated for a node. */
export function partsOf({ op, args, meta }: Node): readonly Node[] {
  if (meta.alternate) return [meta.alternate];
  if (op !== "comprehension") return nodesIn(args);
  const { iterable, init, step } = args as Readonly<Record<string, unknown>>;
  return nodesIn([iterable, init, step]);
}
