/** `setup --export-name`: other stacks import the function's ARN, and the function stays as it is while they do. */
import { expect } from "vitest";
import { parametersOf } from "./support/aws.ts";
import { stacksOf } from "./support/stacks.ts";
import { test, type World } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

const setup = "setup --yes --no-kubeconfig";
const teardown = "teardown --yes --no-kubeconfig";
const allow = "--allow apply:configmaps delete:configmaps";

async function worked({ run }: World, command: string): Promise<string> {
  const { exit, stderr } = await run(command);
  expect(exit, stderr).toBe(0);
  return stderr;
}

/** The command ends with this error, and has written nothing. */
async function refused(world: World, command: string, code: string): Promise<string> {
  await writesOf(world);
  const { exit, stderr } = await world.run(command);
  expect(exit, stderr).toBe(1);
  expect(stderr).toContain(`(${code})\n`);
  expect(await writesOf(world)).toEqual([]);
  return stderr;
}

const manifest = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" }, data: { x: "1" } });
/** A stack that imports the function. */
const importing = (name: string, Manifest = manifest) => ({
  Resources: {
    Web: { Type: "Custom::EksManifest", Properties: { ServiceToken: { "Fn::ImportValue": name }, Manifest } },
  },
});
const exporting = (name: string) => ({
  Resources: { Log: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: "others" } } },
  Outputs: { Log: { Value: "others", Export: { Name: name } } },
});
const configMap = async ({ backend }: World) =>
  (await backend.kube("GET", "/api/v1/namespaces/default/configmaps/web")).body.data;

test.beforeEach(async ({ world }) => {
  await world.fresh();
});

test("while a stack imports the function, nothing removes, renames or replaces it", { timeout: 240_000 }, async ({
  world,
}) => {
  const { backend, names, run } = world;
  const stacks = stacksOf(backend);
  expect(await worked(world, `${setup} ${allow} --export-name web`)).toMatch(/\+ stack .* ARN exported as web\n/);
  expect(await stacks.deploy("shop", importing("web"))).toMatchObject({ status: "CREATE_COMPLETE" });
  expect(await configMap(world)).toEqual({ x: "1" });

  const inUse = `error the stack "${names.stack}" exports its function as "web", which other stacks import: shop (ExportInUse)\n`;
  const list = `To list them: aws cloudformation list-imports --export-name web --region ${names.region}\n`;
  for (const [command, hint] of [
    [teardown, "delete those stacks first: without the function, CloudFormation cannot delete their custom resources"],
    ["teardown --yes --aws-only", "delete those stacks first"],
    [
      `${setup} --no-export-name`,
      "keep the export, or first replace !ImportValue in those stacks by the function's ARN",
    ],
    [`${setup} --export-name ''`, "keep the export"],
    [`${setup} --export-name other`, "keep the export"],
    [`${setup} --function-name other`, "keep the function's name, or first delete those stacks"],
    [`${setup} --allow -delete:configmaps`, "allow both apply and delete, or first delete those stacks"],
  ] as const) {
    const stderr = await refused(world, command, "ExportInUse");
    expect(stderr).toContain(inUse);
    expect(stderr).toContain(`hint  ${hint}`);
    expect(stderr.endsWith(list), stderr).toBe(true);
  }

  const fewer = `${setup} --dry-run --allow apply:services delete:services`;
  expect((await run(fewer)).stdout).toContain(
    'no longer allowed: apply:configmaps, delete:configmaps; where stacks that import "web" (shop) need them',
  );

  // What the function has otherwise may change, and the name stays.
  expect(await worked(world, `${setup} --memory 512`)).not.toContain("export-name");
  expect(await parametersOf(backend, names.stack)).toMatchObject({ ExportName: "web", MemorySize: "512" });
  const shown = JSON.parse((await run("setup --dry-run --json --no-kubeconfig --memory 256")).stdout);
  expect(shown.options).toMatchObject({ exportName: "web" });
  expect((await run("list")).stdout).toMatch(/^ {2}export {3}web$/m);
  expect(JSON.parse((await run("list --json")).stdout)).toMatchObject([{ exportName: "web" }]);

  const { events } = await stacks.remove("shop");
  expect(events).toContain("Web DELETE_COMPLETE");
  expect(await configMap(world)).toBeUndefined();
  const renamed = await worked(world, `${setup} --export-name web:arn`);
  expect(renamed.match(/^ {6}[-+] export-name.*$/gm)).toEqual([
    "      - export-name: web",
    "      + export-name: web:arn",
  ]);
  expect(await stacks.deploy("shop", importing("web:arn"))).toMatchObject({ status: "CREATE_COMPLETE" });
  await stacks.remove("shop");
  await worked(world, `${setup} --no-export-name`);
  expect(await worked(world, `${setup} --export-name back`)).toContain("+ export-name: back");
  expect(await worked(world, teardown)).toContain("--export-name back");
  expect(await stacks.find(names.stack)).toBeUndefined();
});

test("a name that another stack exports is refused in the plan", async ({ world }) => {
  const { names, backend } = world;
  await stacksOf(backend).deploy("others", exporting("web"));
  const stderr = await refused(world, `${setup} --export-name web`, "ExportNameTaken");
  expect(stderr).toContain('error another stack, "others", exports a value as "web" (ExportNameTaken)\n');
  expect(stderr).toContain(`aws cloudformation describe-stacks --stack-name others --region ${names.region}\n`);
});

test("without the rights to ask, the plan says so, and CloudFormation refuses", { timeout: 240_000 }, async ({
  world,
}) => {
  const { backend, names, run } = world;
  const stacks = stacksOf(backend);
  await stacks.deploy("others", exporting("theirs"));
  await worked(world, `${setup} ${allow} --export-name web`);
  await stacks.deploy("shop", importing("web"));
  for (const action of ["ListExports", "ListImports"]) backend.faults.forbid(`cloudformation:${action}`);
  const kept = await parametersOf(backend, names.stack);
  for (const [command, code, why] of [
    [`${setup} --no-export-name`, "ExportInUse", "Cannot delete export web as it is in use by shop"],
    [`${setup} --export-name other`, "ExportInUse", "Cannot delete export web as it is in use by shop"],
    [`${setup} --function-name other`, "ExportInUse", "Cannot update export web as it is in use by shop"],
    [
      `${teardown} --workloads`,
      "ExportInUse",
      "Delete canceled. Cannot delete export web as it is in use by shop (ExportInUse)",
    ],
  ] as const) {
    const { exit, stderr } = await run(command);
    expect(exit, stderr).toBe(1);
    expect(stderr).toContain('could not check whether another stack imports "web": ');
    expect(stderr.replaceAll(/\s+/g, " ")).toContain(why);
    expect(stderr).toContain(`(${code})\n`);
    expect(await parametersOf(backend, names.stack)).toEqual(kept);
  }
  // What teardown removed before comes back.
  await worked(world, setup);
  await stacks.deploy("shop", importing("web", manifest.replace('"1"', '"2"')));
  expect(await configMap(world)).toEqual({ x: "2" });
  await stacks.remove("shop");
  const { exit, stderr } = await run(`${setup} --export-name theirs`);
  expect(exit, stderr).toBe(1);
  expect(stderr).toContain('could not check whether another stack exports "theirs": ');
  expect(stderr.replaceAll(/\s+/g, " ")).toMatch(
    /Export with name theirs is already exported by stack others \(ExportNameTaken\) hint choose another name/,
  );
});
