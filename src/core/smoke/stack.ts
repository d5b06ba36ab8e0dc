/** A stack of CloudFormation with a ConfigMap, which the second function of the smoke test applies and deletes. */
import { EksLambdaError } from "../errors.ts";
import { pathTo } from "../kube/place.ts";
import { ifFound, type Kube } from "../kube/request.ts";
import type { Waiting } from "../plan.ts";
import { finishedChangeSet } from "../stack/deploy.ts";
import { changeSetPrefix } from "../stack/remove.ts";
import { causeOf } from "../stack/status.ts";
import { type StackPorts, waitForStack } from "../stack/wait.ts";
import { type SmokeNames, smokeKey } from "./names.ts";

/** Seconds that CloudFormation waits for an answer. Its default is an hour. */
const serviceTimeout = 120;

const manifest = (name: string, color?: string) =>
  JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, ...(color && { data: { color } }) });

const resource = (body: unknown) => ({
  Type: "Custom::EksManifest",
  Properties: { ServiceToken: { Ref: "Function" }, ServiceTimeout: serviceTimeout, Manifest: body },
});

/** `Refused` cannot be created: no ConfigMap has such a name. */
const template = {
  Parameters: { Function: { Type: "String" }, Manifest: { Type: "String" }, Fails: { Type: "String" } },
  Conditions: { Fails: { "Fn::Equals": [{ Ref: "Fails" }, "true"] } },
  Resources: {
    Settings: resource({ Ref: "Manifest" }),
    Refused: { Condition: "Fails", DependsOn: "Settings", ...resource(manifest("not_a_name")) },
  },
};

const settings = "settings";

interface Wish {
  readonly names: Pick<SmokeNames, "id" | "stack">;
  /** The ARN of the function. */
  readonly functionArn: string;
  readonly color: string;
  readonly fails: boolean;
  /** A status of CloudFormation. */
  readonly comesTo: string;
}

/** Creates or updates it. Throws `StackFailed` if CloudFormation refuses, and if it comes to another status. */
export async function deploySmokeStack(
  ports: StackPorts,
  { names: { id, stack }, functionArn, color, fails, comesTo }: Wish,
  waiting: Waiting,
): Promise<void> {
  const { cloudformation, clock } = ports;
  const ids = await cloudformation.createChangeSet({
    stack,
    name: changeSetPrefix + clock.now(),
    type: (await cloudformation.stack(stack)) ? "UPDATE" : "CREATE",
    template: JSON.stringify(template),
    parameters: { Function: functionArn, Manifest: manifest(settings, color), Fails: String(fails) },
    tags: { [smokeKey]: id },
    roleArn: undefined,
  });
  const { status, reason } = await finishedChangeSet(ports, ids);
  if (status !== "CREATE_COMPLETE")
    throw new EksLambdaError("StackFailed", `CloudFormation refused the change set: ${reason}`);
  await cloudformation.executeChangeSet(ids);
  const after = await waitForStack(ports, ids.stackId, waiting);
  if (after?.status === comesTo) return;
  const cause = causeOf(await cloudformation.events(ids.stackId));
  throw new EksLambdaError("StackFailed", `the stack is in ${after?.status}, not in ${comesTo}: ${cause}`);
}

/** The color in the stack's ConfigMap; `undefined` if there is none. */
export async function colorIn(kube: Kube, { namespace }: Pick<SmokeNames, "namespace">): Promise<string | undefined> {
  const path = pathTo({ apiVersion: "v1", plural: "configmaps", namespace, name: settings });
  const found = await ifFound(kube.request<{ data?: Readonly<Record<string, string>> }>({ path }));
  return found?.data?.color;
}
