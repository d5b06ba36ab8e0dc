/** Validates the stack of an earlier run: setup created it, and CloudFormation can update it. */

import type { CloudFormation, Stack, StackResource } from "../../aws/cloudformation.ts";
import { advice, command } from "../../command.ts";
import { EksLambdaError } from "../../errors.ts";
import { type Rule, type Setting, settings } from "../../parameters/settings.ts";
import { isNewer } from "../../semver.ts";
import { areNeeds } from "../rights.ts";
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
  const cluster = found.parameters.ClusterName;
  if (cluster === undefined || !("ContentHash" in found.parameters))
    throw notOurs(place, "that eks-lambda did not create");
  if (cluster !== place.cluster) throw notOurs(place, `of another cluster, "${cluster}"`);
  const isLater = isNewer(found.parameters.Version ?? "", place.by.version);
  if (isLater && place.by.newer === "refuse") throw madeByNewer(found, place);
  refuseInvalid(found, place);
  if (place.name !== undefined && place.name !== found.parameters.Name) throw notOurs(place, otherName(found));
  const resources = await cloudformation.resources(found.id);
  const foreign = isLater ? [] : foreignResources(found, resources);
  if (foreign.length > 0) throw notOurs(place, `with resources that eks-lambda did not create: ${few(foreign)}`);
  return { ...found, resources };
}

/** The version is in a command: `isNewer` has checked it. */
const madeByNewer = ({ parameters: { Version } }: Stack, { stack, by }: StackPlace) =>
  new EksLambdaError(
    "MadeByNewer",
    `eks-lambda ${Version} made the stack "${stack}", and this is ${by.version}, which may lack what the later version made`,
    { hint: advice`use that version, or a later one: ${command`eks-lambda@${Version ?? ""}`}` },
  );

const otherName = ({ parameters: { Name } }: Stack): string =>
  Name ? `of another function, "${Name}"` : "of the function without a name";

const notOurs = ({ stack, region }: StackPlace, what: string) =>
  new EksLambdaError("StackNotOurs", `there is a stack "${stack}" ${what}`, {
    hint: advice`choose another name with --stack, or look at it: ${command`aws cloudformation list-stack-resources --stack-name ${stack} --region ${region}`}`,
  });

/** An empty parameter is not set. Throws `StackInvalid`. */
function refuseInvalid({ parameters }: Stack, place: StackPlace): void {
  for (const { parameter = "", rule } of Object.values<Setting>(settings)) {
    const value = parameters[parameter];
    if (value && rule && !rule.pattern.test(value))
      throw invalid(place, { what: `parameter ${parameter}`, value, rule });
  }
  const { Needs: value = "" } = parameters;
  if (!areNeeds(value))
    throw invalid(place, { what: "parameter Needs", value, rule: { must: "rights as `list` shows them" } });
}

/** Returns the function's name from the stack's output. Throws `StackInvalid`. */
export function functionNameOf(
  { outputs: { FunctionName: value } }: Stack,
  place: Pick<StackPlace, "stack" | "region">,
) {
  const rule = settings.functionName.rule;
  if (value && !rule.pattern.test(value)) throw invalid(place, { what: "output FunctionName", value, rule });
  return value || undefined;
}

/** The namespace in which the stack's function acts, by its parameter. Throws `StackInvalid`. */
export function namespaceOf(
  { parameters: { ClusterNamespace: value } }: Stack,
  place: Pick<StackPlace, "stack" | "region">,
) {
  const rule = settings.namespace.rule;
  if (value && !rule.pattern.test(value)) throw invalid(place, { what: "parameter ClusterNamespace", value, rule });
  return value || undefined;
}

function invalid(
  { stack, region }: Pick<StackPlace, "stack" | "region">,
  { what, value, rule }: { readonly what: string; readonly value: string; readonly rule: Pick<Rule, "must"> },
): EksLambdaError {
  const shown = value.length > 100 ? `${value.slice(0, 100)}…` : value;
  return new EksLambdaError(
    "StackInvalid",
    `the stack "${stack}" has the ${what} "${shown}"; it must be ${rule.must}`,
    {
      hint: advice`setup writes no such value. See who changed the stack: ${command`aws cloudformation describe-stack-events --stack-name ${stack} --region ${region}`}`,
    },
  );
}
