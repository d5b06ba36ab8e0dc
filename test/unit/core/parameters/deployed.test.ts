/** What a stack keeps is read and written without loss, and flags make it again. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { arranged } from "../../../../src/cli/argv.ts";
import { commandOf } from "../../../../src/cli/command.ts";
import { definitions } from "../../../../src/cli/definitions.ts";
import type { FlagsOf } from "../../../../src/cli/flag-table.ts";
import { configOf } from "../../../../src/cli/flags.ts";
import type { Pairs } from "../../../../src/core/aws/cloudformation.ts";
import {
  changed,
  chosenBy,
  type Deployed,
  deployedIn,
  flagsBack,
  flagsFrom,
  parametersOf,
} from "../../../../src/core/parameters/deployed.ts";
import { kept, type Setting, settings } from "../../../../src/core/parameters/settings.ts";

const place = { cluster: "demo", region: "eu-west-1" };
const text = (...values: readonly string[]) => fc.constantFrom(...values);

/** Values that setup writes, the default among them. */
const values: { readonly [K in keyof Deployed]?: fc.Arbitrary<string> } = {
  name: text("", "web", "b"),
  entry: text("", "src/web.ts"),
  namespace: text("default", "shop"),
  functionName: text("f", "eks-lambda-demo-eu-west-1"),
  roleName: text("r", "eks-lambda-demo-eu-west-1"),
  username: text("lambda", "eks-lambda:web", "a,b"),
  rbacName: text("lambda-create-deployments", "roles"),
  rolePath: text("/", "/team/"),
  memory: text("256", "512"),
  timeout: text("30", "900"),
  architecture: text("arm64", "x86_64"),
  eventAge: text("", "60"),
  eventRetries: text("", "0", "2"),
  reservedConcurrency: text("", "5"),
  logRetention: text("30", "1"),
  permissionsBoundary: text("", "arn:aws:iam::111122223333:policy/b"),
  codeBucket: text("", "my-code"),
  exportName: text("", "team:web", "-1"),
  subnetIds: text("", "none", "subnet-0a,subnet-0b"),
  securityGroupIds: text("", "sg-0a,sg-0b"),
  policy: text("", "0".repeat(64)),
  env: text("", '{"TABLE":"orders","URL":"a b"}'),
  needs: text("create deployments.apps", "none", "get,list pods @shop; create jobs.batch"),
  allow: text("", "create:deployments.apps; restart:deployments.apps/web@shop"),
  allowImage: text("", "a:*,b"),
  access: text("auto", "aws-auth", "access-entry"),
  mapByAccessEntry: text("true", "false"),
  earlierMappings: text("", "old/a,b", "old/web older/lambda"),
  version: text("1.0.0"),
};
/** The default, or any text where no rule refuses it. */
const unchosen = ({ initial, rule }: Setting) => text(initial ?? (rule ? "" : "x1"));
const parameters: fc.Arbitrary<Pairs> = fc
  .record(Object.fromEntries(kept.map((name) => [settings[name].parameter, values[name] ?? unchosen(settings[name])])))
  .map((all) => ({ ...all, ClusterName: "demo" }));

test("what setup writes is read and written again as it was", () =>
  fc.assert(
    fc.property(parameters, (before) => {
      expect(parametersOf(deployedIn(before, place))).toEqual(before);
    }),
  ));

test("a stack that lacks a parameter, or has it empty, has the default", () => {
  const none = deployedIn({}, place);
  expect(deployedIn(Object.fromEntries(Object.keys(parametersOf(none)).map((name) => [name, ""])), place)).toEqual(
    none,
  );
  expect(none).toMatchObject({
    ...{ cluster: "demo", name: undefined, namespace: "default", memory: 256, eventAge: undefined, access: "auto" },
    ...{ functionName: "eks-lambda-demo-eu-west-1", roleName: "eks-lambda-demo-eu-west-1", version: undefined },
    ...{ username: "lambda", rbacName: "lambda-create-deployments", mapByAccessEntry: false, allow: [] },
  });
  const own = deployedIn({ Name: "web", Entry: "web.ts" }, place);
  expect(own.username).toBe("eks-lambda:web");
  expect(own.rbacName).toMatch(/^eks-lambda-web-/);
});

/** As the command line gives them to setup. */
function given(words: readonly string[]): FlagsOf<"setup"> {
  const definition = definitions.find(({ name }) => name === "setup");
  if (!definition) throw new Error("there is no setup");
  const [, ...args] = arranged(["setup", ...words]);
  return commandOf({ ...definition, run: async () => {} }, true)
    .parse(args, { from: "user" })
    .opts();
}

/** What flags of hints decide. `Allow` is read by the commands, what the code declares is no flag, and no hint has variables or a policy. */
const byFlags = ({ allow: _, needs, entry, env, policy, ...deployed }: Deployed) => deployed;

test("the flags that make a stack again make it, from nothing", () =>
  fc.assert(
    fc.property(parameters, (before) => {
      const deployed = deployedIn(before, place);
      const { name, entry } = deployed;
      fc.pre(entry === undefined || (name !== undefined && deployed.allowImage.length === 0));
      const whole = { ...place, name, onlyCreates: entry === undefined };
      const config = configOf(given(flagsFrom("setup", deployed, whole)));
      const made = chosenBy(config, undefined, whole);
      const unset = parametersOf(deployedIn({ ClusterName: "demo" }, place));
      const read = ["ClusterEndpoint", "ClusterCa", "VpcId", "ClusterSecurityGroupId", "MapByAccessEntry"];
      const later = ["CodeKey", "ContentHash", "EarlierMappings", "Version"];
      const expected = { ...before, ...Object.fromEntries([...read, ...later].map((one) => [one, unset[one] ?? ""])) };
      expect(byFlags(made)).toEqual(byFlags(deployedIn(expected, place)));
    }),
  ));

test("the flags that take a run back lead to what was before", () =>
  fc.assert(
    fc.property(parameters, parameters, (before, after) => {
      const was = deployedIn({ ...before, Name: "", Entry: "" }, place);
      const whole = { ...place, name: undefined, onlyCreates: true };
      const run = configOf(
        given(flagsFrom("setup", { ...deployedIn(after, place), name: undefined, entry: undefined }, whole)),
      );
      const now = chosenBy(run, parametersOf(was), whole);
      const back = configOf(given(flagsBack(run, was)));
      expect(changed(was, byFlags(chosenBy(back, parametersOf(now), whole)))).toEqual([]);
    }),
  ));
