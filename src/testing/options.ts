/** The options of `startSandbox`, checked before anything starts: JavaScript would ignore a mistyped one. */
import { dnsLabel } from "../core/actions/fields.ts";
import { shown } from "../core/errors.ts";

interface Rule {
  readonly isValid: (value: unknown) => boolean;
  /** Completes "it must be". */
  readonly must: string;
  /** No error has its value. */
  readonly isPrivate?: true;
}

const isText = (value: unknown): value is string => typeof value === "string";

const rules = {
  entry: { isValid: (value) => isText(value) && value !== "", must: "a file, such as src/handler.ts" },
  namespace: {
    isValid: (value) => isText(value) && dnsLabel.test(value),
    must: "at most 63 lower-case letters, digits and `-`",
  },
  needs: { isValid: (value) => Array.isArray(value), must: 'a list of rights, such as ["list pods"]' },
  env: {
    isPrivate: true,
    isValid: (value) => Object(value) === value && Object.values(value as object).every(isText),
    must: "texts by their names",
  },
  timeout: {
    isValid: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 900,
    must: "a whole number of seconds from 1 to 900",
  },
} satisfies Readonly<Record<string, Rule>>;

type Name = keyof typeof rules;
const isKnown = (name: string): name is Name => Object.hasOwn(rules, name);

/** Throws a `TypeError` that says what an option must be. `K`: the names of the options, of which each has a rule. */
export function checkOptions<K extends Name>(options: { readonly [N in K]?: unknown }): void {
  const given: Readonly<Record<string, unknown>> = options;
  for (const name of new Set(["entry", ...Object.keys(given)])) {
    if (!isKnown(name)) throw new TypeError(`there is no option ${name}: ${Object.keys(rules).join(", ")}`);
    const value = given[name];
    if (value === undefined && name !== "entry") continue;
    const { isValid, must, isPrivate }: Rule = rules[name];
    if (!isValid(value)) throw new TypeError(`${name}${isPrivate ? "" : ` is ${shown(value)}; it`} must be ${must}`);
  }
}
