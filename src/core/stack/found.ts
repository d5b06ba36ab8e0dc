/** Validates the stack of an earlier run: setup created it, and CloudFormation can update it. */

import type { CloudFormation, Stack, StackResource } from "../aws/cloudformation.ts";
import { advice, command } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import { type Deployed, deployedIn, fieldOf } from "../parameters/deployed.ts";
import { type Rule, type Setting, settings } from "../parameters/settings.ts";
import { isNewer } from "../semver.ts";
import { few, foreignResources } from "./resources.ts";

export interface StackPlace {
  readonly stack: string;
  readonly cluster: string;
  readonly region: string;
  /** The function to look for. `undefined` for any function with this stack. */
  readonly name?: string | undefined;
  readonly by: Reader;
}

/** This package, and what it does with the stack of a later version. */
export interface Reader {
  readonly version: string;
  /** `accept`: it only reads, and does not know every resource. */
  readonly newer: "refuse" | "accept";
}

/** A stack that setup created, with valid parameters that account for all of its resources. */
export interface OurStack extends Stack {
  readonly resources: readonly StackResource[];
  /** Its parameters, read. */
  readonly deployed: Deployed;
}

/**
 * Makes sure that setup created the stack. Anyone who may create stacks can use our names and parameters, and teardown
 * would delete the resources in it with the caller's rights. Returns `undefined` for a stack in REVIEW_IN_PROGRESS,
 * which has no resources. Throws `StackNotOurs`, `StackInvalid`, `MadeByNewer`.
 */
export async function ourStack(
  cloudformation: Pick<CloudFormation, "resources">,
  found: Stack | undefined,
  place: StackPlace,
): Promise<OurStack | undefined> {
  if (!found || found.status === "REVIEW_IN_PROGRESS") return undefined;
  const cluster = fieldOf("cluster", found.parameters);
  if (cluster === "" || !(settings.contentHash.parameter in found.parameters))
    throw notOurs(place, "that eks-lambda did not create");
  if (cluster !== place.cluster) throw notOurs(place, `of another cluster, "${cluster}"`);
  const isLater = isNewer(fieldOf("version", found.parameters) ?? "", place.by.version);
  if (isLater && place.by.newer === "refuse") throw madeByNewer(found, place);
  const deployed = validIn(found, place);
  if (place.name !== undefined && place.name !== deployed.name) throw notOurs(place, otherName(deployed));
  const resources = await cloudformation.resources(found.id);
  const foreign = isLater ? [] : foreignResources({ ...found, deployed }, resources);
  if (foreign.length > 0) throw notOurs(place, `with resources that eks-lambda did not create: ${few(foreign)}`);
  return { ...found, resources, deployed };
}

/** The version is in a command: `isNewer` has checked it. */
function madeByNewer({ parameters }: Stack, { stack, by }: StackPlace) {
  const version = fieldOf("version", parameters) ?? "";
  return new EksLambdaError(
    "MadeByNewer",
    `eks-lambda ${version} created the stack "${stack}", and this is ${by.version}, which may not know what the later version created`,
    { hint: advice`use that version, or a later one: ${command`eks-lambda@${version}`}` },
  );
}

const otherName = ({ name }: Deployed): string =>
  name === undefined ? "of the function without a name" : `of another function, "${name}"`;

const notOurs = ({ stack, region }: StackPlace, what: string) =>
  new EksLambdaError("StackNotOurs", `there is a stack "${stack}" ${what}`, {
    hint: advice`choose another name with --stack, or look at it: ${command`aws cloudformation list-stack-resources --stack-name ${stack} --region ${region}`}`,
  });

/** Throws `StackInvalid`. */
function validIn({ parameters }: Stack, place: StackPlace): Deployed {
  for (const { parameter, rule, must = "", parse, isPrivate } of Object.values<Setting>(settings)) {
    if (!parameter) continue;
    const read = { what: `parameter ${parameter}`, value: parameters[parameter] };
    if (rule) valid({ ...read, rule }, place);
    try {
      if (read.value) parse?.(read.value);
    } catch {
      throw invalid({ ...read, ...(isPrivate && { value: undefined }), rule: { must } }, place);
    }
  }
  return deployedIn(parameters, place);
}

/** Returns the function's name from the stack's output. Throws `StackInvalid`. */
export const functionNameOf = ({ outputs: { FunctionName: value } }: Stack, place: Named): string | undefined =>
  valid({ what: "output FunctionName", value, rule: settings.functionName.rule }, place);

/** What the stack keeps, or the default without one. Throws `StackInvalid`. */
export function keptIn<K extends "namespace" | "memory" | "timeout">(name: K, found: Stack | undefined, place: Named) {
  const { parameter, rule } = settings[name];
  valid({ what: `parameter ${parameter}`, value: found?.parameters[parameter], rule }, place);
  return fieldOf(name, found?.parameters);
}

type Named = Pick<StackPlace, "stack" | "region">;
interface Read<R> {
  readonly what: string;
  readonly value: string | undefined;
  readonly rule: R;
}

/** An empty value is not set. */
function valid({ value, ...read }: Read<Rule>, place: Named): string | undefined {
  if (value && !read.rule.pattern.test(value)) throw invalid({ value, ...read }, place);
  return value || undefined;
}

/** Without the value where there is none. */
function invalid({ what, value, rule }: Read<Pick<Rule, "must">>, { stack, region }: Named): EksLambdaError {
  const shown = value === undefined ? "" : ` "${value.length > 100 ? `${value.slice(0, 100)}…` : value}"`;
  return new EksLambdaError("StackInvalid", `the stack "${stack}" has the ${what}${shown}; it must be ${rule.must}`, {
    hint: advice`setup writes no such value. See who changed the stack: ${command`aws cloudformation describe-stack-events --stack-name ${stack} --region ${region}`}`,
  });
}
