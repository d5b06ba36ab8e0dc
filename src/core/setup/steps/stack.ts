/** The stack: function, role, log group and access entry, compared by parameters and tags. */

import { codeFor, defaultAllowed, onlyImages } from "../../actions/allowed.ts";
import type { Pairs, Stack } from "../../aws/cloudformation.ts";
import type { ObjectPlace } from "../../aws/s3.ts";
import { advice, command, type Hint } from "../../command.ts";
import { EksLambdaError } from "../../errors.ts";
import { ownerVariable } from "../../kube/owner.ts";
import { adoptedEntry } from "../../mapping/access-entry.ts";
import { methods } from "../../mapping/modes.ts";
import { type Deployed, parametersOf, renameWarnings, showOptions, variablesOf } from "../../parameters/deployed.ts";
import { flagName, type Setting, settings } from "../../parameters/settings.ts";
import type { KeptMapping } from "../../parameters/texts.ts";
import { refuseTooLarge, secretWarnings, showVariables, type Variables } from "../../parameters/variables.ts";
import { type Planned, plan, type Resource } from "../../plan.ts";
import type { AccountStep, Assets, Context } from "../../setup/context.ts";
import { type Actual, readActual } from "../../stack/actual.ts";
import { codeResource, refuseOtherCode, storedCode, type Upload } from "../../stack/code.ts";
import { type Drift, driftOf, inWords, noDrift, stackEntryOf } from "../../stack/drift.ts";
import { refuseExport } from "../../stack/exports.ts";
import { refuseForeign } from "../../stack/foreign.ts";
import { ourStack } from "../../stack/found.ts";
import { policiesFor } from "../../stack/kept-policy.ts";
import { type OwnPolicy, refuseTooLong, showPolicy } from "../../stack/own-policy.ts";
import { noSubnets, staysOutside } from "../../stack/placement.ts";
import { riskWarnings } from "../../stack/policy-risks.ts";
import { withoutArm64 } from "../../stack/remedy.ts";
import { begunStack, removeAbandoned, removeBegun, removeStack } from "../../stack/remove.ts";
import { repairStack } from "../../stack/repair.ts";
import { documentHash, placeOf, policiesOf } from "../../stack/role-documents.ts";
import { refuseProtected } from "../../stack/status.ts";
import { type Carrier, completed, type Rendered, renderTemplate, withVersion } from "../../stack/template.ts";
import { allowOf } from "../allow.ts";
import { stillMapped } from "../earlier-mappings.ts";
import { reachable, type Target } from "../target.ts";

interface StackState {
  readonly parameters: Pairs;
  readonly tags: Pairs;
  /** What a plan shows of the function, also of a new one. */
  readonly about: readonly string[];
  /** What was changed or deleted outside of its stack, in words. */
  readonly drift: readonly string[];
}

export const stackStep: AccountStep = {
  id: "stack",
  plan: (context, intent) => (intent === "present" ? presentPlan(context) : absentPlan(context)),
};

/**
 * Throws `RolePathFixed`, `RoleNotOurs`, `FunctionNotOurs`, `LogGroupNotOurs`, `AccessEntryNotOurs`, `StackChanged`,
 * `ExportInUse`, `ExportNameTaken`.
 */
async function presentPlan(context: Context): Promise<readonly Planned[]> {
  const { target, assets } = context;
  const { functionName, roleName, rights } = target;
  const { exportName } = target.options;
  refuseOtherPath(target);
  const actual = await readActual(context, target);
  await refuseForeign(context, actual);
  const exporting = { functionName, exportName, entry: rights.sourcePath, allow: allowOf(rights) };
  const unreadExports = await exportWarnings(context, parametersOf(exporting));
  const policies = policiesFor(target, actual);
  const mapping = mappingOf(target, actual);
  const earlier = await stillMapped(context);
  const rendered = renderTemplate(assets.template, codeOf(context), carrierOf(target, policies));
  const drift = driftOf(target, actual, { version: assets.version, hash: rendered.hash });
  const deployed = drift.code === undefined ? rendered : renderedAgain(context, rendered, policies);
  const resource = stackResource(context, { rendered: deployed, mapping, drift, earlier, policies });
  const planned = await plan("stack", resource, "present");
  return [
    ...(planned.apply && deployed.upload ? [await codePlan(context, deployed.upload)] : []),
    warning(
      warningIfPlanned(planned, [
        ...abandonedWarning(target),
        ...(target.found ? renameWarnings(target.found.deployed, { functionName, roleName }) : []),
        ...warningsOf(drift),
        ...secretWarnings(target.options.env),
        ...(policies.wanted ? riskWarnings(policies.wanted, target) : []),
        ...target.networkWarnings,
      ]),
      [...actual.unread, ...unreadExports],
    ),
  ];
}

/** To deploy the code again, CloudFormation must find it changed: a comment with the time follows it. */
function renderedAgain(context: Context, { hash }: Rendered, policies: Policies): Rendered {
  const { target, assets, clock } = context;
  const deployedAt = new Date(clock.now()).toISOString();
  const code = `${codeOf(context)}\n// deployed again on ${deployedAt}\n`;
  return { ...renderTemplate(assets.template, code, carrierOf(target, policies)), hash };
}

/** Throws `BucketElsewhere`, `CodeNotOurs`. */
const codePlan = async ({ target, s3 }: Context, upload: Upload): Promise<Planned> =>
  plan("code", codeResource(await s3(), placed(target, upload)), "present");

/** The code to deploy. */
export function codeOf({ target, assets }: Context): string {
  const { config, options, rights } = target;
  const allowed = onlyImages(rights.allowed ?? defaultAllowed, options.allowImage);
  return config.source?.code ?? codeFor(allowed, assets.code);
}

/** The policy of `--policy` that the role is to have, and the one that it has. */
type Policies = ReturnType<typeof policiesFor>;

const carrierOf = (
  { config, options: { codeBucket: bucket, env } }: Target,
  { wanted: policy }: Policies,
): Carrier => ({ source: config.source, bucket, env, policy });

/** The bucket must be of the account of the function. */
const placed = ({ caller }: Target, upload: Upload): Upload & ObjectPlace => ({ ...upload, owner: caller.account });

type Release = Pick<Deployed, "contentHash" | "version" | "codeKey" | "earlierMappings">;

const releaseOf = ({ hash, upload }: Rendered, { version }: Assets) => ({
  contentHash: hash,
  version,
  codeKey: upload?.key ?? "",
});

/**
 * The parameters and tags that setup gives the stack, for those who deploy it themselves, and upload its code under a key
 * of their own. Writes nothing.
 */
export async function stackInput(context: Context): Promise<StackInput> {
  const { target, assets } = context;
  const actual = await readActual(context, target);
  const policies = policiesFor(target, actual);
  const carrier = carrierOf(target, policies);
  const rendered = renderTemplate(assets.template, codeOf(context), carrier);
  const release = { ...releaseOf(rendered, assets), codeKey: "", earlierMappings: await stillMapped(context) };
  const { parameters, tags } = stateOf(target, { mapping: mappingOf(target, actual), release, policies });
  return { parameters, tags, template: completed(assets.template, carrier) };
}

interface StackInput extends Pick<StackState, "parameters" | "tags"> {
  readonly template: string;
}

/** Throws `AccessEntryNotOurs`, also with aws-auth, which an entry overrides. */
function mappingOf(target: Target, actual: Actual): Mapping {
  const adopted = adoptedEntry(stackEntryOf(target), actual);
  return methods[target.access.method].isInAccount && adopted === undefined ? "by-stack" : "elsewhere";
}

const abandonedWarning = ({ abandoned }: Target): readonly string[] =>
  abandoned
    ? ["setup first deletes the stack of a run that was killed: its creation failed, and it has no resources"]
    : [];

const warningsOf = ({ reverted }: Drift): readonly string[] =>
  reverted.length === 0
    ? []
    : [
        "if CloudFormation cannot revert this, setup deletes the stack and creates it again: the function's log is lost then, and what others added to the function (triggers, permissions)",
      ];

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html */
const slowInterfaces =
  "the function is in a VPC: Lambda can take 20 minutes to delete its network interfaces, and the stack waits for that";

function warning({ change, ...planned }: Planned, more: readonly Hint[]): Planned {
  const warnings = [...(change.warnings ?? []), ...more];
  return { ...planned, change: warnings.length > 0 ? { ...change, warnings } : change };
}

const warningIfPlanned = (planned: Planned, warnings: readonly Hint[]): Planned =>
  planned.apply ? warning(planned, warnings) : planned;

/** Throws `ExportInUse`, `ExportNameTaken`. */
const exportWarnings = ({ cloudformation, target: { found, stack, region } }: Context, after: Pairs | undefined) =>
  refuseExport(cloudformation, { stack, region, before: found?.parameters, after });

/** Throws `StackProtected`, `ExportInUse`. */
async function absentPlan(context: Context): Promise<readonly Planned[]> {
  const { target, assets } = context;
  refuseProtected(target.found);
  const unreadExports = await exportWarnings(context, undefined);
  const rendered = renderTemplate(assets.template, codeFor(defaultAllowed, assets.code));
  const policies = { wanted: undefined, now: undefined };
  const resource = stackResource(context, { rendered, mapping: "elsewhere", drift: noDrift, earlier: [], policies });
  const planned = await plan("stack", resource, "absent");
  const begun = planned.apply ? undefined : await begunStack(context, target.stack);
  // It has the names of what is in the cluster, by which the next teardown finds what is left.
  const needsAll = true;
  const warnings = [...(target.placement ? [slowInterfaces] : []), ...unreadExports];
  if (!begun) return [{ ...warningIfPlanned(planned, warnings), needsAll }];
  const change = { ...planned.change, action: "delete", summary: "left by a run that was killed" } as const;
  const removal = { id: begun.id, roleArn: target.config.cloudformationRoleArn };
  return [{ change, needsAll, apply: (waiting) => removeBegun(context, removal, waiting) }];
}

/** Whether the stack makes the access entry that maps the role. */
type Mapping = "by-stack" | "elsewhere";

interface Wanted {
  readonly rendered: Rendered;
  readonly mapping: Mapping;
  readonly drift: Drift;
  /** Of `stillMapped`. */
  readonly earlier: readonly KeptMapping[];
  readonly policies: Policies;
}

function stackResource(
  context: Context,
  { rendered, mapping, drift, earlier, policies }: Wanted,
): Resource<StackState> {
  const { target, assets } = context;
  const { found, config } = target;
  return {
    target: target.stack,
    get wanted() {
      return stateOf(target, {
        mapping,
        release: { ...releaseOf(rendered, assets), earlierMappings: earlier },
        policies,
      });
    },
    read: async () => found && { ...found, about: aboutOf(found.deployed.env, policies.now), drift: inWords(drift) },
    show: showDeployed,
    about: ({ about }) => about,
    summary: () =>
      [
        `${target.rights.sourcePath === undefined ? "function" : `function of ${target.rights.sourcePath}`}, role, log group`,
        ...(mapping === "by-stack" ? ["access entry"] : []),
        ...(rendered.carried === "" ? [] : [rendered.carried]),
        ...showOptions(target.options),
        ...(target.placement ? [`in ${target.placement.vpcId || "a VPC"}: ${target.placement.reason}`] : []),
      ].join(", "),
    async write(after, waiting) {
      const roleArn = config.cloudformationRoleArn;
      const by = { version: assets.version, newer: "refuse" } as const;
      const place = { stack: target.stack, cluster: target.cluster.name, region: target.region, by };
      const check = (now: Stack) => ourStack(context.cloudformation, now, place);
      if (after) {
        const { body, upload } = rendered;
        const stored = upload && (await storedCode(await context.s3(), placed(target, upload)));
        const { abandoned } = target;
        if (abandoned) await removeAbandoned(context, { id: abandoned.id, roleArn }, waiting);
        const deployment = {
          stack: target.stack,
          template: withVersion(body, stored?.version),
          parameters: after.parameters,
          tags: after.tags,
          roleArn,
          planned: found,
        };
        try {
          await repairStack(context, { deployment, drift, check }, waiting);
        } catch (error) {
          const instead = withoutArm64((error as Error).message, config, deployment.parameters);
          if (!instead) throw error;
          waiting("the stack with x86_64, because this Region has no arm64 for Lambda");
          await repairStack(context, { deployment: { ...deployment, parameters: instead }, drift, check }, waiting);
        }
        const actual = upload && (await context.lambda.configuration(target.functionName));
        if (upload && actual) refuseOtherCode(actual, target.functionName, upload);
      } else if (found) {
        await removeStack(context, { id: found.id, roleArn, check }, waiting);
      }
    },
  };
}

/** `before`: to compare what is not shown. */
const aboutOf = (env: Variables, policy: OwnPolicy | undefined, before?: Variables): readonly string[] => [
  ...showVariables(env, before),
  ...showPolicy(policy),
];

/** What a run decides in addition to the target. */
interface Wish extends Pick<Wanted, "mapping" | "policies"> {
  readonly release: Release;
}

/** What template.yml sets. */
const ownVariables = ({ owner }: Target, wanted: Deployed): Variables => ({
  ...variablesOf(wanted),
  [ownerVariable]: owner,
  // As long as IAM's ids.
  ROLE_ID: `AROA${"X".repeat(17)}`,
});

/** Tags without a flag stay as they are in the stack. Throws `TooManyRights`. */
function stateOf(target: Target, wish: Wish): StackState {
  const { config, found, options } = target;
  const { wanted: policy } = wish.policies;
  const wanted = wantedOf(target, wish);
  refuseTooLarge(options.env, ownVariables(target, wanted));
  if (policy) refuseTooLong(policy, Object.values(policiesOf(wanted, placeOf(target))));
  return {
    parameters: parametersOf(wanted),
    tags: { ...found?.tags, ...config.tags },
    about: aboutOf(options.env, policy, found?.deployed.env),
    drift: [],
  };
}

function wantedOf(target: Target, { mapping, release, policies: { wanted: policy } }: Wish): Deployed {
  const { config, found, placement, name, functionName, roleName, username, rbacName, rights } = target;
  const cluster = reachable(target);
  const names = { name, functionName, roleName, username, rbacName };
  return {
    ...target.options,
    ...names,
    cluster: cluster.name,
    clusterEndpoint: cluster.endpoint,
    clusterCa: cluster.ca,
    namespace: cluster.namespace,
    entry: rights.sourcePath,
    needs: rights.needs,
    allow: allowOf(rights),
    mapByAccessEntry: mapping === "by-stack",
    subnetIds: placement?.subnetIds ?? (staysOutside(config, found) ? [noSubnets] : []),
    securityGroupIds: placement?.securityGroupIds ?? [],
    vpcId: placement?.vpcId ?? "",
    clusterSecurityGroupId: placement?.clusterSecurityGroupId ?? "",
    policy: policy ? documentHash(policy.document) : "",
    ...release,
  };
}

const unlisted = Object.values<Setting>(settings).flatMap((one) => (one.follows || one.isPrivate ? one.parameter : []));

/** `log-retention` for LogRetentionDays, as `--log-retention`. */
const words = new Map(
  Object.entries<Setting>(settings).map(([name, { parameter }]) => [parameter, flagName(name).slice(2)]),
);

function showDeployed({ parameters, tags, about, drift }: StackState): string {
  const lines = (pairs: Pairs, show: (name: string) => string) =>
    Object.entries(pairs)
      .map(([name, value]) => `${show(name)}: ${value}`)
      .sort();
  const isListed = ([name, value]: readonly [string, string]) => value !== "" && !unlisted.includes(name);
  const listed = Object.fromEntries(Object.entries(parameters).filter(isListed));
  return [
    ...lines(listed, (name) => words.get(name) ?? name),
    ...lines(tags, (name) => `tag ${name}`),
    ...about,
    ...drift,
  ].join("\n");
}

/** CloudFormation does not replace a role that has a name. Throws `RolePathFixed`. */
export function refuseOtherPath({ found, options, roleName }: Pick<Target, "found" | "options" | "roleName">): void {
  const { rolePath: wanted } = options;
  if (!found || found.deployed.roleName !== roleName || found.deployed.rolePath === wanted) return;
  throw new EksLambdaError(
    "RolePathFixed",
    `the role "${roleName}" has the path "${found.deployed.rolePath}", which cannot become "${wanted}"`,
    {
      hint: advice`a role's path never changes: ${command`eks-lambda teardown`}, then setup with the other path; or choose another --role-name, too`,
    },
  );
}
