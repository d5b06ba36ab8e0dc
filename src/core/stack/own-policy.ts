/** What else the function may do in AWS: the IAM policy of `--policy`, another inline policy of its role. */

import { advice, command, type Hint } from "../command.ts";
import { readText } from "../disk.ts";
import { usageError } from "../errors.ts";
import { dynamicReference } from "../parameters/variables.ts";

export interface OwnStatement {
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[];
  /** All but these. */
  readonly notActions: readonly string[];
  readonly resources: readonly string[];
  readonly notResources: readonly string[];
  readonly condition: unknown;
}

export interface OwnPolicy {
  /** As the template has it. */
  readonly document: unknown;
  readonly statements: readonly OwnStatement[];
}

const invalid = (what: string, hint: Hint = example) => usageError("InvalidPolicy", what, hint);
const example =
  'write {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::my-bucket/*"}]}';

/** Throws `InvalidPolicy` (usage). `path`: as it was given. */
export async function readPolicy(path: string, file: string): Promise<OwnPolicy> {
  const text = await readText(file).catch((error: NodeJS.ErrnoException) => {
    throw invalid(`cannot read ${path}: ${error.code ?? error.message}`);
  });
  if (text === undefined) throw invalid(`cannot read ${path}: ENOENT`, "name the policy's file: --policy policy.json");
  return parsePolicy(path, text);
}

/** Throws `InvalidPolicy` (usage). */
export function parsePolicy(path: string, text: string): OwnPolicy {
  try {
    return policyIn(JSON.parse(text.replace(/^\ufeff/, "")));
  } catch (error) {
    // What is in the file may be no policy: of a text that is not JSON, nothing is shown.
    if (error instanceof SyntaxError)
      throw invalid(`${path} is not JSON`, advice`${command`jq . ${path}`} shows where`);
    if (error instanceof Refusal) throw invalid(`${path}: ${error.message}`);
    throw error;
  }
}

/** The policy that a role has; `undefined` for one that setup would not write. */
export function policyOf(document: unknown): OwnPolicy | undefined {
  try {
    return policyIn(document);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

class Refusal extends Error {}
const refuse = (message: string): never => {
  throw new Refusal(message);
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] => Object.entries(Object(value));
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

function policyIn(document: unknown): OwnPolicy {
  if (!isObject(document)) return refuse("a policy is an object with Version and Statement");
  const { Version, Statement, ...others } = document;
  const { Id = "", ...unknown } = others;
  known(unknown, "a policy");
  if (typeof Id !== "string") refuse("Id is not a string");
  if (Version !== "2012-10-17") refuse('Version must be "2012-10-17"');
  const statements = listOf(Statement);
  if (Statement === undefined || statements.length === 0) refuse("it has no Statement");
  const read = statements.map((one, at) => statementIn(one, `statement ${at + 1}`));
  const sids = statements.flatMap((one) => (isObject(one) ? (one.Sid ?? []) : []));
  if (new Set(sids).size < sids.length) refuse("two statements have the same Sid");
  texts(document);
  return { document, statements: read };
}

function statementIn(value: unknown, where: string): OwnStatement {
  if (!isObject(value)) return refuse(`${where} is not an object`);
  const { Sid, Effect, Action: _, NotAction, Resource, NotResource, Condition, ...others } = value;
  if ("Principal" in others || "NotPrincipal" in others)
    refuse(`${where} has a Principal: in the policy of a role, the role is the principal`);
  known(others, where);
  if (Sid !== undefined && !(typeof Sid === "string" && /^[A-Za-z0-9]*$/.test(Sid)))
    refuse(`the Sid of ${where} must have letters and digits only`);
  if (Effect !== "Allow" && Effect !== "Deny") return refuse(`the Effect of ${where} must be Allow or Deny`);
  const of = (name: "Action" | "Resource", rule: RegExp) => {
    const { [name]: these, [`Not${name}`]: allBut } = value;
    if ((these === undefined) === (allBut === undefined))
      return refuse(`${where} must have ${name} or Not${name}, one of them`);
    const all = listOf(these ?? allBut);
    const wrong = all.find((text) => typeof text !== "string" || !rule.test(text));
    if (all.length === 0 || wrong !== undefined) {
      const shown = typeof wrong === "string" ? JSON.stringify(wrong) : "a value that is not a string";
      return refuse(`${where} has the ${name} ${shown}; it must be ${musts[name]}`);
    }
    const texts = all as readonly string[];
    return these === undefined ? { these: [], allBut: texts } : { these: texts, allBut: [] };
  };
  const actions = of("Action", actionRule);
  const resources = of("Resource", resourceRule);
  conditionIn(Condition, where);
  return {
    effect: Effect,
    actions: actions.these,
    notActions: actions.allBut,
    resources: resources.these,
    notResources: resources.allBut,
    condition: Condition,
  };
}

/** Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
const actionRule = /^(\*|[A-Za-z0-9-]+:[\w*?-]+)$/;
const resourceRule = /^(\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+)$/s;
const musts = { Action: "such as s3:GetObject, or *", Resource: "an ARN, which may have *, or *" };
const operatorRule =
  /^(For(AllValues|AnyValue):)?(String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)((Not)?Equals|(LessThan|GreaterThan)(Equals)?)|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like)|Null)(IfExists)?$/;
const keyRule = /^(?!Fn::)[\w-]+:.+$/;

function conditionIn(value: unknown, where: string): void {
  if (value !== undefined && !isObject(value)) refuse(`the Condition of ${where} is not an object`);
  for (const [operator, keys] of entriesOf(value ?? {})) {
    if (!operatorRule.test(operator) || !isObject(keys)) refuse(`${where} has no condition operator "${operator}"`);
    for (const [key, values] of entriesOf(keys)) {
      const isOne = (one: unknown) => ["string", "number", "boolean"].includes(typeof one);
      if (!keyRule.test(key) || !listOf(values).every(isOne)) refuse(`${where} has a wrong condition on "${key}"`);
    }
  }
}

function known(others: object, where: string): void {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) refuse(`${where} has "${unknown}", which a policy of a role does not have`);
}

/** IAM takes Latin-1 without control characters; CloudFormation would replace a dynamic reference. */
function texts(value: unknown): void {
  if (typeof value === "string" && !/^[\t\n\r\x20-\x7e\xa0-\xff]*$/.test(value))
    refuse(`IAM does not take the characters of ${JSON.stringify(value)}`);
  if (typeof value === "string" && dynamicReference.test(value))
    refuse("it has {{resolve:, which CloudFormation would replace");
  if (typeof value === "object" && value !== null) for (const part of entriesOf(value).flat()) texts(part);
}

/** IAM's limit for all inline policies of a role, without white space. */
const mostCharacters = 10_240;
const sizeOf = (document: unknown): number => JSON.stringify(document).replace(/\s/g, "").length;

/** `others`: the inline policies that the template gives the role. Throws `InvalidPolicy` (usage). */
export function refuseTooLong({ document }: OwnPolicy, others: readonly unknown[]): void {
  const own = others.map(sizeOf).reduce((sum, one) => sum + one, 0);
  const size = sizeOf(document);
  if (size + own <= mostCharacters) return;
  throw invalid(
    `the policy has ${size} characters; with the ${own} of the role's own policies, IAM takes at most ${mostCharacters}`,
    "name fewer resources, use * in their ARNs, or split the function into several with --name",
  );
}

/** A line for each action on each resource, for the plan. */
export const showPolicy = (policy: OwnPolicy | undefined): readonly string[] =>
  (policy?.statements ?? []).flatMap(({ effect, actions, notActions, resources, notResources, condition }) => {
    const on = resources.length > 0 ? resources : [`all but ${notResources.join(", ")}`];
    const what = actions.length > 0 ? actions : [`all but ${notActions.join(", ")}`];
    const when = condition === undefined ? "" : ` if ${JSON.stringify(condition)}`;
    return what.flatMap((action) => on.map((one) => `policy ${effect.toLowerCase()} ${action} on ${one}${when}`));
  });
