/** The stack of our name as it stands: whose it is, and whether it can be worked with. */
import type { Stack } from "../../aws/cloudformation.ts";
import { EksLambdaError } from "../../errors.ts";

export interface StackPlace {
  readonly stack: string;
  readonly cluster: string;
  readonly region: string;
}

/** Throws `StackNotOurs`. A change set that was never executed leaves something in REVIEW_IN_PROGRESS that is no stack. */
export function ourStack(found: Stack | undefined, { stack, cluster }: StackPlace): Stack | undefined {
  if (!found || found.status === "REVIEW_IN_PROGRESS") return undefined;
  const other = found.parameters.ClusterName;
  if (other === cluster && "ContentHash" in found.parameters) return found;
  const whose = other === undefined ? "that eks-lambda did not make" : `of another cluster, "${other}"`;
  throw new EksLambdaError("StackNotOurs", `there is a stack "${stack}" ${whose}`, {
    hint: "choose another name with --stack",
  });
}

type Remedy = (place: StackPlace) => string;

const deleteIt: Remedy = ({ stack, region }) =>
  `aws cloudformation delete-stack --stack-name ${stack} --region ${region}`;
const never: Remedy = (place) =>
  `its creation failed, and it can only be deleted: ${deleteIt(place)}, then run setup again`;

/** What a person must do, by the state of a stack that CloudFormation will not update. */
const remedies: Readonly<Record<string, Remedy>> = {
  ROLLBACK_COMPLETE: never,
  ROLLBACK_FAILED: never,
  CREATE_FAILED: never,
  DELETE_FAILED: (place) => `its events tell what could not be deleted; mend that, then: ${deleteIt(place)}`,
  UPDATE_ROLLBACK_FAILED: ({ stack, region }) =>
    `its events tell what could not be restored; mend that, then: aws cloudformation continue-update-rollback --stack-name ${stack} --region ${region}`,
};

/** Throws `StackBroken`. */
export function refuseBroken({ status, reason }: Stack, place: StackPlace): void {
  const remedy = remedies[status];
  if (!remedy) return;
  throw new EksLambdaError("StackBroken", `the stack "${place.stack}" is in ${status}${reason ? `: ${reason}` : ""}`, {
    hint: remedy(place),
  });
}
