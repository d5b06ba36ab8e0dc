/**
 * Setup, teardown and `aws-auth restore` from random states: the sandbox is driven by random commands, and by others
 * behind setup's back, and is held to a small model after each. EKS_LAMBDA_MODEL_RUNS sets the number of sequences. A
 * failure prints its seed and the shortest sequence that fails.
 */
import fc from "fast-check";
import { test } from "vitest";
import { changeMode, drift, invoke, restore, setup, tearDownAll, teardown, teardownAwsOnly } from "./commands.ts";
import { drifts } from "./drifts.ts";
import { grant, type Rule, revoke, rules } from "./grants.ts";
import { newModel } from "./model.ts";
import { type Mode, useWorld } from "./world.ts";

const numRuns = Number(process.env.EKS_LAMBDA_MODEL_RUNS ?? 10);

const open = useWorld();

const mode = fc.constantFrom<Mode>("CONFIG_MAP", "API_AND_CONFIG_MAP", "API");
const nodes = "arn:aws:iam::123456789012:role/nodes";
const mapRoles = fc.constantFrom(
  undefined,
  "",
  `- rolearn: ${nodes}\n  username: system:node:{{EC2PrivateDNSName}}\n  groups:\n  - system:nodes\n`,
  `# do not edit\n  - groups: [system:masters]   # on call\n    rolearn: "${nodes}"\n    username: 'nodes'\n# the end\n`,
);

const slot = fc.constantFrom("first" as const, "first" as const, "second" as const);
const killAfter = fc.option(fc.integer({ min: 1, max: 45 }), { nil: undefined, freq: 2 });
const access = fc.constantFrom("auto", "auto", "aws-auth", "access-entry");
const namespace = fc.constantFrom("default", "kube-public", "missing");
const flags = fc.record({ access, namespace }, { requiredKeys: [] });
/** The last of each is somebody else's. */
const names = fc.record(
  {
    username: fc.constantFrom("deployer", "deployer", "them"),
    roleName: fc.constantFrom("team", "team", "nodes"),
    rbacName: fc.constantFrom("deploy", "deploy", "theirs"),
    namespace,
  },
  { requiredKeys: [] },
);

const role = fc.constantFrom("ci" as const, "ci" as const, "nodes" as const, "nobody" as const);
const allow = fc.shuffledSubarray(Object.keys(rules) as Rule[], { minLength: 1, maxLength: 2 });

const what = fc.constantFrom(...Object.keys(drifts));

const commands = fc.commands(
  [
    fc.record({ slot, flags, killAfter }).map(setup),
    fc.record({ slot, flags: names, killAfter }).map(setup),
    fc.record({ slot, flags: fc.constant({}), killAfter: fc.constant(undefined) }).map(setup),
    fc.record({ slot, flags: fc.record({ workloads: fc.boolean() }), killAfter }).map(teardown),
    fc.record({ slot, later: fc.boolean(), killAfter }).map(teardownAwsOnly),
    fc.record({ role, allow, killAfter }).map(grant),
    fc.record({ role, killAfter }).map(revoke),
    fc.record({ back: fc.nat(3), killAfter }).map(restore),
    fc.record({ slot, name: fc.constantFrom("web", "api") }).map(invoke),
    fc.record({ slot, what }).map(drift),
    fc.record({ slot, what }).map(drift),
    fc.constant({}).map(changeMode),
  ],
  { maxCommands: 10, size: "max" },
);

test("every state converges", { timeout: 60_000 + numRuns * 10_000 }, async () => {
  const property = fc.asyncProperty(fc.record({ mode, mapRoles }), commands, async (given, sequence) => {
    const model = newModel(given.mode);
    const world = await open(given);
    await fc.asyncModelRun(() => ({ model, real: world }), sequence);
    await tearDownAll(model, world);
  });
  await fc.assert(property, { numRuns });
});
