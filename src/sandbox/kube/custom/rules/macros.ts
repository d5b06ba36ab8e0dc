/** Macros that the library does not have, and those whose types it does not check. */
import { Optional } from "@marcbachmann/cel-js";
import { isMap, same } from "./same.ts";
import { type Call, type Checker, type Context, callOf, type Fork, type Macro, type Node } from "./syntax.ts";

const error = (checker: Checker, message: string, node: Node): Error => checker.createError("wrong", message, node);

/** `has(self.field)`: the field must be one of the type. */
const presence = (node: Node): Macro => ({
  typeCheck(checker, _, context) {
    if (node.op !== "." && node.op !== ".?") throw error(checker, "invalid argument to has() macro", node);
    checker.check(node, context);
    return checker.getType("bool");
  },
  evaluate(evaluator, _, context) {
    const [on, field] = node.args as [Node, string];
    const given = evaluator.run(on, context);
    const map: unknown = given instanceof Optional ? given.orValue(new Map()) : given;
    if (!isMap(map)) throw new Error("no such overload");
    return map.has(field);
  },
});

/** `==` and `!=` of any two values of one type. */
function equality([left, right]: readonly [Node, Node], sign: string): Macro {
  const isSame = sign === "==";
  return {
    typeCheck(checker, _, context) {
      const [one, other] = [checker.check(left, context), checker.check(right, context)];
      const isNullable =
        [one, other].some(({ kind }) => kind === "message") &&
        [one, other].some((type) => checker.formatType(type) === "null");
      if (one.unify(checker.registry, other) || isNullable) return checker.getType("bool");
      const types = [one, other].map((type) => checker.formatType(type)).join(", ");
      throw error(checker, `found no matching overload for '_${sign}_' applied to '(${types})'`, left);
    },
    evaluate: (evaluator, _, context) => same(evaluator.run(left, context), evaluator.run(right, context)) === isSame,
  };
}

type Entry = readonly [key: unknown, value: unknown];
type Holds<T> = (one: T) => unknown;

function truth(value: unknown): boolean {
  if (typeof value !== "boolean") throw new Error("no such overload");
  return value;
}

/** A failure counts only if no other one decides. */
export function decided<T>(all: readonly T[], holds: Holds<T>, decides: boolean): boolean {
  const failures: unknown[] = [];
  for (const one of all)
    try {
      if (truth(holds(one)) === decides) return decides;
    } catch (failure) {
      failures[0] ??= failure;
    }
  if (failures.length > 0) throw failures[0];
  return !decides;
}

const filtered = (all: readonly Entry[], holds: Holds<Entry>) => all.filter((entry) => truth(holds(entry)));
const folds: Readonly<Record<string, (all: readonly Entry[], holds: Holds<Entry>, result: Holds<Entry>) => unknown>> = {
  all: (all, holds) => decided(all, holds, false),
  exists: (all, holds) => decided(all, holds, true),
  existsOne: (all, holds) => filtered(all, holds).length === 1,
  exists_one: (all, holds) => filtered(all, holds).length === 1,
  transformList: (all, holds, result) => filtered(all, holds).map(result),
  transformMap: (all, holds, result) => new Map(filtered(all, holds).map((entry) => [entry[0], result(entry)])),
};

/** `list.all(index, item, condition)`, `map.transformMap(key, value, condition, result)` */
function fold({ name, on: range, args }: Call, node: Node): Macro | undefined {
  const run = Object.hasOwn(folds, name) ? folds[name] : undefined;
  const transforms = name.startsWith("transform");
  const names = args.slice(0, 2);
  const [last, condition] = args.slice(2).toReversed();
  if (!run || !range || !last || args.length > (transforms ? 4 : 3)) return undefined;
  const forks: Fork[] = [];
  return {
    typeCheck(checker, _, context) {
      const of = checker.check(range, context);
      if (!/^(list|map|dyn)$/.test(of.kind))
        throw error(
          checker,
          `expression of type '${checker.formatType(of)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
          range,
        );
      const value = of.kind === "dyn" ? of : of.valueType;
      const key = of.kind === "list" ? checker.getType("int") : of.kind === "map" ? of.keyType : of;
      let inner = context;
      for (const [at, { op, args: variable }] of names.entries()) {
        if (op !== "id") throw error(checker, "argument must be a simple name", node);
        inner = inner.forkWithVariable(`${variable}`, at === 1 ? value : key);
        forks.push(inner as Fork);
      }
      const types = [last, ...(condition ? [condition] : [])].map((one) => checker.check(one, inner));
      const conditions = transforms ? types.slice(1) : types;
      if (!conditions.every((type) => type.isDynOrBool()))
        throw error(checker, "expected type 'bool'", condition ?? last);
      const [result = checker.getType("dyn")] = types;
      if (name === "transformList") return checker.registry.getListType(result);
      return transforms ? checker.registry.getMapType(key, result) : checker.getType("bool");
    },
    evaluate(evaluator, _, context) {
      const of = evaluator.run(range, context);
      if (!Array.isArray(of) && !isMap(of)) throw new Error("no such overload");
      const entries: readonly Entry[] = isMap(of) ? [...of] : of.map((item: unknown, index) => [BigInt(index), item]);
      const within = (entry: Entry): Context =>
        forks.reduce<Context>((outer, fork, at) => fork.reuse(outer).setIterValue(entry[at], evaluator), context);
      const at = (one: Node | undefined) => (entry: Entry) => (one ? evaluator.run(one, within(entry)) : true);
      return run(entries, at(transforms ? condition : last), at(last));
    },
  };
}

/** `optional.optMap(name, result)` */
function ofOptional({ name, on, args }: Call, node: Node): Macro | undefined {
  const [variable, result] = args;
  if (!on || !variable || !result || args.length > 2) return undefined;
  let fork: Fork | undefined;
  return {
    typeCheck(checker, _, context) {
      const type = checker.check(on, context);
      if ((type.kind !== "optional" && type.kind !== "dyn") || variable.op !== "id")
        throw error(checker, `found no matching overload for '${name}'`, node);
      fork = context.forkWithVariable(`${variable.args}`, type.kind === "dyn" ? type : type.valueType) as Fork;
      const inner = checker.check(result, fork);
      return name === "optMap" ? checker.registry.getOptionalType(inner) : inner;
    },
    evaluate(evaluator, _, context) {
      const value = evaluator.run(on, context);
      if (!(value instanceof Optional)) throw new Error("no such overload");
      if (!value.hasValue() || !fork) return value;
      const inner = evaluator.run(result, fork.reuse(context).setIterValue(value.value(), evaluator));
      return name === "optMap" ? Optional.of(inner) : inner;
    },
  };
}

export function macroOf(node: Node): Macro | undefined {
  if (node.op === "==" || node.op === "!=") return equality(node.args as [Node, Node], node.op);
  const call = callOf(node);
  if (!call) return undefined;
  const [first] = call.args;
  if (call.name === "has" && !call.on && first) return presence(first);
  return call.name === "optMap" || call.name === "optFlatMap" ? ofOptional(call, node) : fold(call, node);
}
