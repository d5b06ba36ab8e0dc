/**
 * The export of the function's ARN: no other stack may have its name, and it stays as it is while other stacks import it.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
 */
import { parseArn } from "../arn.ts";
import type { CloudFormation, Pairs, Stack } from "../aws/cloudformation.ts";
import type { Code } from "../codes.ts";
import { advice, command, type Hint } from "../command.ts";
import { EksLambdaError, hasCode } from "../errors.ts";
import { readAllowed } from "../parameters/allow.ts";
import { fieldOf } from "../parameters/deployed.ts";
import { few } from "./resources.ts";

type Ports = Pick<CloudFormation, "exporter" | "importers">;

/** A stack's parameters now and after the run. `undefined`: there is no stack. */
interface Update {
  readonly before: Pairs | undefined;
  readonly after: Pairs | undefined;
}

interface Exporting extends Update {
  readonly stack: string;
  readonly region: string;
}

const nameIn = (parameters: Pairs | undefined): string => fieldOf("exportName", parameters);
const functionIn = (parameters: Pairs | undefined): string => fieldOf("functionName", parameters);

const staysInPlace = ({ before, after }: Update): boolean =>
  nameIn(before) === nameIn(after) && functionIn(before) === functionIn(after);

const has = (parameters: Pairs | undefined, action: string): boolean =>
  fieldOf("allow", parameters).some((rule) => rule.startsWith(`${action}:`));

/** The stock function answers CloudFormation only with both actions. A user's own function is assumed to answer. */
const answers = (parameters: Pairs | undefined): boolean =>
  fieldOf("entry", parameters) !== undefined || ["apply", "delete"].every((action) => has(parameters, action));
const stopsAnswering = ({ before, after }: Update): boolean => answers(before) && !answers(after);

/** The rules for objects of stacks that other rules do not cover, all names together. CDK's resources need a rule of `get`. */
function goneRules({ before, after }: Update): readonly string[] {
  if (fieldOf("entry", after) !== undefined) return [];
  const actions = ["apply", "delete", ...(has(after, "get") ? [] : ["get"])];
  const placedIn = (parameters: Pairs | undefined) => {
    const here = fieldOf("namespace", parameters);
    return fieldOf("allow", parameters).map((text) => {
      const { namespace = here, ...rule } = readAllowed(text);
      return { ...rule, namespace, text };
    });
  };
  const kept = placedIn(after);
  const isCovered = ({ action, resource, group, namespace, names }: (typeof kept)[number]): boolean => {
    const same = kept.filter((one) => one.action === action && one.resource === resource && one.group === group);
    const covering = same.filter((one) => one.namespace === namespace || one.namespace === "*");
    const isNamed = (name: string) => covering.some((one) => one.names?.includes(name));
    return covering.some((one) => one.names === undefined) || (names?.every(isNamed) ?? false);
  };
  return placedIn(before)
    .filter((one) => actions.includes(one.action) && !isCovered(one))
    .map(({ text }) => text);
}

/**
 * Asks only about what the run changes. Returns warnings about what the caller may not ask, and about stacks whose objects it
 * may concern. Throws `ExportInUse`, `ExportNameTaken`.
 */
export async function refuseExport(cloudformation: Ports, exporting: Exporting): Promise<readonly string[]> {
  const { before, after } = exporting;
  const [name, wanted] = [nameIn(before), nameIn(after)];
  const isKept = staysInPlace(exporting) && !stopsAnswering(exporting);
  const gone = isKept && answers(before) ? goneRules(exporting) : [];
  const asked = [
    ...(name === "" || isKept ? [] : [unread(`imports "${name}"`, refuseInUse(cloudformation, exporting))]),
    ...(name === "" || gone.length === 0 ? [] : [warnOfGone(cloudformation, { name, gone })]),
    ...(wanted === "" || wanted === name
      ? []
      : [unread(`exports "${wanted}"`, refuseTaken(cloudformation, exporting, wanted))]),
  ];
  return (await Promise.all(asked)).flat();
}

/** Throws `ExportInUse` for a stack that is to be deleted. Without the right to ask, CloudFormation refuses. */
export const refuseImported = (cloudformation: Ports, { id, name, parameters }: Stack): Promise<unknown> =>
  refuseExport(cloudformation, { stack: name, region: regionOf(id), before: parameters, after: undefined });

async function unread(what: string, asked: Promise<void>): Promise<readonly string[]> {
  try {
    await asked;
    return [];
  } catch (error) {
    if (!hasCode(error, "AwsForbidden")) throw error;
    return [
      `could not check whether another stack ${what}: ${error.message}; if one does, CloudFormation refuses this`,
    ];
  }
}

async function refuseInUse(cloudformation: Ports, { stack, region, ...update }: Exporting): Promise<void> {
  const name = nameIn(update.before);
  const importers = await cloudformation.importers(name);
  if (importers.length === 0) return;
  throw new EksLambdaError(
    "ExportInUse",
    `the stack "${stack}" exports its function as "${name}", which other stacks import: ${few(importers)}`,
    { hint: whileInUse(update, region) },
  );
}

/** Which kinds a stack has, its template alone says: a refusal would keep every rule for ever. */
async function warnOfGone(
  cloudformation: Ports,
  { name, gone }: { readonly name: string; readonly gone: readonly string[] },
): Promise<readonly string[]> {
  const importers = await cloudformation.importers(name).catch((error: unknown) => {
    if (!hasCode(error, "AwsForbidden")) throw error;
    return [`could not ask which: ${(error as Error).message}`];
  });
  return importers.length === 0
    ? []
    : [
        `no longer allowed: ${few(gone)}; where stacks that import "${name}" (${few(importers)}) need them, a change or a deletion fails, and an update that leaves an object out does not delete it`,
      ];
}

async function refuseTaken(cloudformation: Ports, { stack, region }: Exporting, name: string): Promise<void> {
  const other = stackIn((await cloudformation.exporter(name)) ?? stack);
  if (other === stack) return;
  throw new EksLambdaError("ExportNameTaken", `another stack, "${other}", exports a value as "${name}"`, {
    hint: whileTaken(other, region),
  });
}

const regionOf = (id: string): string => parseArn(id)?.region ?? "";

/** `web` of `arn:aws:cloudformation:eu-west-1:111122223333:stack/web/1a2b`, and of `web`. */
const stackIn = (text: string): string => /^arn:.*:stack\/([^/]+)/.exec(text)?.[1] ?? text;

const whileTaken = (other: string, region: string): Hint =>
  advice`choose another name with --export-name; what that stack exports: ${command`aws cloudformation describe-stacks --stack-name ${other} --region ${region}`}`;

function whileInUse(update: Update, region: string): Hint {
  const { before, after } = update;
  const all = command`aws cloudformation list-imports --export-name ${nameIn(before)} --region ${region}`;
  if (after === undefined)
    return advice`delete those stacks first: without the function, CloudFormation cannot delete their custom resources. To list them: ${all}`;
  if (staysInPlace(update) && stopsAnswering(update))
    return advice`allow both apply and delete, or first delete those stacks: without both, the function answers none of their requests. To list them: ${all}`;
  return functionIn(before) === functionIn(after)
    ? advice`keep the export, or first replace !ImportValue in those stacks by the function's ARN. To list them: ${all}`
    : advice`keep the function's name, or first delete those stacks: custom resources cannot change to another function. To list them: ${all}`;
}

/**
 * CloudFormation's words today, and in 2018. It also names the importing stacks.
 * Sources: https://github.com/aws-samples/iam-identity-center-team/pull/474, https://github.com/aws/aws-cdk/issues/604
 */
const inUse = /\b(Cannot (delete|update) export|Export \S+ cannot be (deleted|updated)) .*\bin use by\b/i;
const taken = /\bExport with name \S+ is already exported by stack ([-:/\w]+)/;

/** The code and the hint, if CloudFormation refused an operation for an export. `id`: the stack's. */
export function exportRefusal(
  reason: string,
  { id, ...update }: Update & { readonly id: string },
): { readonly code: Code; readonly hint: Hint } | undefined {
  if (inUse.test(reason)) return { code: "ExportInUse", hint: whileInUse(update, regionOf(id)) };
  const [, other] = taken.exec(reason) ?? [];
  return other === undefined ? undefined : { code: "ExportNameTaken", hint: whileTaken(stackIn(other), regionOf(id)) };
}
