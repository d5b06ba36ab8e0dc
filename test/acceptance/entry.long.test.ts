/** A function of the user's: deployed with exactly the rights that it declares, called, changed and removed. */
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { parseAllDocuments } from "yaml";
import { outputsOf } from "./support/aws.ts";
import { putAwsAuth, rbac } from "./support/cluster.ts";
import { findingsIn } from "./support/finding.ts";
import { repositoryFile } from "./support/run.ts";
import { mint } from "./support/token.ts";
import { test, type World } from "./support/world.ts";

const web = (...rights: readonly string[]) => `
import { connect, defineFunction, resource } from "eks-lambda/lambda";
const kube = connect();
export const handler = defineFunction({
  needs: {
    ${rights.join(",\n    ")},
  },
  async run({ maps }, { event }) {
    if (event?.undeclared) return (await kube.request({ path: "/api/v1/namespaces/default/pods" })).kind;
    return { event, maps: typeof (await maps.list()) };
  },
});
`;
const maps = 'maps: resource("v1", "configmaps").may("list")';
const first = web(
  maps,
  'nodes: resource("v1", "nodes").clusterScoped().may("get")',
  'jobs: resource("batch/v1", "jobs").in("kube-public").may("create")',
);
const second = web(maps, 'web: resource("apps/v1", "deployments").named("web").may("get", "patch")');
/** Any event makes it act, so setup must not call it. YAML would change or refuse characters of its text. */
const plain = `exports.handler = async (event) => {
  if (event["eks-lambda"]) throw new Error("called");
  return [event, ...[..."\x7f\x80\x85\u2028\ufffe\u{1f600}"].map((one) => one.codePointAt(0))];
};
`;

const file = ({ home }: World) => join(home, "project/web.ts");
const setup = (world: World, name = "web", path = file(world)) =>
  `setup --name ${name} --entry ${path} --yes --no-kubeconfig`;

test.beforeAll(async ({ world }) => {
  await world.fresh();
  const modules = join(world.home, "project/node_modules");
  await mkdir(modules, { recursive: true });
  await symlink(repositoryFile("node_modules/esbuild"), join(modules, "esbuild"));
  await symlink(repositoryFile("."), join(modules, "eks-lambda"));
  await writeFile(file(world), first);
  await writeFile(join(world.home, "project/plain.cjs"), plain);
});

/** What the API server says that the function may do, without what everybody may. */
async function allowed({ backend, names, run }: World, name: string, namespace: string): Promise<readonly string[]> {
  const listed = await run("list --json");
  const { functionName } = JSON.parse(listed.stdout).find((one: { name: string }) => one.name === name);
  const credentials = await backend.assumeRole(functionName);
  const token = await mint({ cluster: names.cluster, region: names.region, credentials });
  const path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
  const { body } = await backend.kube("POST", path, { token, body: { spec: { namespace } } });
  const rules: readonly Record<"verbs" | "resources" | "apiGroups" | "resourceNames", readonly string[]>[] =
    body.status.resourceRules;
  return rules
    .map(({ verbs, resources, apiGroups, resourceNames = [] }) =>
      [verbs.toSorted(), resources, apiGroups, resourceNames].map((all) => all.join(",")).join(" "),
    )
    .filter((line) => !/selfsubject/.test(line))
    .toSorted();
}

test("is deployed with the rights that it declares, and proves them", async ({ world }) => {
  const { exit, stderr } = await world.run(setup(world));
  expect(exit, stderr).toBe(0);
  expect(stderr).toMatch(/project\/web\.ts · \d+ bytes · ran once on this computer, to read what it declares/);
  expect(stderr).toContain("warning: the function acts in the namespace kube-public, too");
  for (const check of ["list configmaps @default", "get nodes @*", "create jobs.batch @kube-public"])
    expect(stderr).toContain(`✔ may ${check}`);
  expect(stderr).toMatch(/✔ may not \w+ configmaps @default/);
  expect(await allowed(world, "web", "default")).toEqual(["get nodes  ", "list configmaps  "]);
  expect(await allowed(world, "web", "kube-public")).toEqual(["create jobs batch ", "get nodes  "]);
});

test("gets any event, and its answer is shown as it is", async ({ world }) => {
  const { stdout, stderr, exit } = await world.run(`invoke --name web --event '[1,{"a":"b"}]'`);
  expect(exit, stderr).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ event: [1, { a: "b" }], maps: "object" });
});

test("runs on this computer, as the person", async ({ world }) => {
  const { stdout, stderr, exit } = await world.run(`invoke --name web --local --entry ${file(world)} --event '"here"'`);
  expect(exit, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ event: "here" });
  const unnamed = await world.run("invoke --name web --local");
  expect([unnamed.exit, unnamed.stderr]).toEqual([2, expect.stringMatching(/\(EntryNeeded\).*project\/web\.ts/s)]);
});

test("that answers by a callback is refused here as in Lambda", async ({ world }) => {
  const path = join(world.home, "callback.cjs");
  await writeFile(path, "exports.handler = (event, context, callback) => callback(null, event);\n");
  const refused = "has three parameters, and nodejs24.x refuses a handler with a callback";
  const local = await world.run(`invoke --name web --local --entry ${path} --event 1`);
  expect([local.exit, local.stderr]).toEqual([1, expect.stringContaining(`${refused} (Runtime.Callback`)]);
  const setup = await world.run(`setup --name callback --entry ${path} --allow 'get pods' --yes`);
  expect([setup.exit, setup.stderr]).toEqual([2, expect.stringContaining(`${refused} (EntryInvalid)`)]);
});

test.for(["--wait", "--timeout 5", "--namespace shop"])(
  "invoke %s is for the stock function",
  async (flag, { world }) => {
    const { exit, stdout, stderr } = await world.run(`invoke --name web ${flag}`);
    const [name] = flag.split(" ");
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toMatch(`error ${name} has no effect on your own function (FlagWithoutEffect)\n`);
  },
);

test("is told the right to declare when it lacks one", async ({ world }) => {
  const { exit, stderr } = await world.run(`invoke --name web --event '{"undeclared":true}'`);
  expect(exit).toBe(1);
  expect(stderr).toContain(
    'let the function declare "list pods @default", then deploy it: eks-lambda setup --name web',
  );
});

test("is listed with what it may do, and doctor finds nothing wrong", async ({ world }) => {
  const may = expect.arrayContaining(["list configmaps @default", "get nodes @*", "create jobs.batch @kube-public"]);
  const listed = JSON.parse((await world.run("list --json")).stdout);
  expect(listed).toMatchObject([
    { ...{ name: "web", state: "Active", namespaces: ["*", "default", "kube-public"] }, may },
  ]);
  const doctor = await world.run("doctor --name web");
  expect(doctor.exit, doctor.stdout).toBe(0);
  expect(doctor.stdout.split("\n").map((line) => line.trim())).toEqual(may);
});

test("is exported with the Roles and the code that setup made", async ({ world }) => {
  const { backend, home, run } = world;
  const flags = `--name web --entry ${file(world)}`;
  for (const to of ["kubectl", "sam"]) {
    const { exit, stderr } = await run(`export --to ${to} ${flags} ${join(home, to)}`);
    expect(exit, stderr).toBe(0);
  }
  const exported = parseAllDocuments(await readFile(join(home, "kubectl/rbac.yaml"), "utf8"))
    .map((document) => document.toJS())
    .filter((object) => object !== null);
  expect(exported.map(({ kind }) => kind)).toContain("ClusterRoleBinding");
  for (const { kind, metadata, ...given } of exported) {
    const { body } = await backend.kube("GET", rbac(`${kind.toLowerCase()}s/${metadata.name}`, metadata.namespace));
    const same = { rules: given.rules ?? undefined, roleRef: given.roleRef ?? undefined };
    expect({ rules: body.rules, roleRef: body.roleRef }).toEqual(same);
  }
  const config = await readFile(join(home, "sam/samconfig.toml"), "utf8");
  const [, stack = ""] = /^stack_name = '(.+)'$/m.exec(config) ?? [];
  // The hash of template and code.
  const { ContentHash } = await outputsOf(backend, stack);
  expect(config).toContain(`ContentHash="${ContentHash}"`);
  expect(await readFile(join(home, "sam/dist/function/index.js"), "utf8")).toContain('"eks-lambda"');
});

test("needs the rights that permissions prints", async ({ world }) => {
  const { exit, stdout, stderr } = await world.run(`permissions --name web --entry ${file(world)} --json`);
  expect(exit, stderr).toBe(0);
  const rules = JSON.parse(stdout).cluster.flatMap((role: { rules: readonly unknown[] }) => role.rules);
  expect(rules).toContainEqual({ apiGroups: ["batch"], resources: ["jobs"], verbs: ["create"] });
  const declares = await world.run(`permissions --name web --entry ${file(world)} --allow 'get pods'`);
  expect([declares.exit, declares.stderr]).toEqual([2, expect.stringContaining("(RightsDeclaredTwice)")]);
});

test("is never replaced by the stock function", async ({ world }) => {
  const { exit, stderr } = await world.run("setup --name web --yes --no-kubeconfig");
  expect([exit, stderr]).toEqual([2, expect.stringMatching(/does not replace it.*\(EntryNeeded\)/s)]);
});

test("loses the rights that it declares no more", async ({ world }) => {
  await writeFile(file(world), second);
  const { exit, stderr } = await world.run(setup(world));
  expect(exit, stderr).toBe(0);
  expect(await allowed(world, "web", "default")).toEqual(["get,patch deployments apps web", "list configmaps  "]);
  expect(await allowed(world, "web", "kube-public")).toEqual([]);
  const again = await world.run(setup(world));
  expect(again.stderr).not.toMatch(/^ {2}[+~-] /m);
});

test("that fails its checks is live, and the way back leads back", async ({ world }) => {
  await writeFile(file(world), `${second}if (process.env.AWS_REGION) throw new Error("only in Lambda");\n`);
  const { exit, stderr } = await world.run(`${setup(world)} --memory 512`);
  expect(exit).toBe(1);
  expect(stderr).toContain("only in Lambda");
  expect(stderr).toMatch(/^hint {2}the new code is live; to go back, restore \S*web\.ts as it was: eks-lambda setup /m);
  expect(stderr).toContain(" --memory 256\n");
  await writeFile(file(world), second);
  expect((await setupIn(world, stderr.slice(stderr.indexOf("the new code is live")))).exit).toBe(0);
  expect((await world.run(`invoke --name web --event '"again"'`)).exit).toBe(0);
});

test("that declares nothing needs --allow, and is not called by setup", async ({ world }) => {
  const command = setup(world, "plain", join(world.home, "project/plain.cjs"));
  expect((await world.run(command)).stderr).toContain("(RightsNotDeclared)");
  const { exit, stderr } = await world.run(`${command} --allow 'get,list pods'`);
  expect(exit, stderr).toBe(0);
  expect(stderr).toMatch(/checked by the cluster\n\s+✔ may get,list pods @default/);
  expect(await allowed(world, "plain", "default")).toEqual(["get,list pods  "]);
  expect((await world.run(`invoke --name plain --event '"any"'`)).stdout.trim()).toBe(
    JSON.stringify(["any", 0x7f, 0x80, 0x85, 0x2028, 0xfffe, 0x1f600]),
  );
});

/** Runs the first `eks-lambda setup` in a text as it stands. */
async function setupIn({ run }: World, text: string) {
  const [, command = ""] = /eks-lambda (setup(?: --[a-z-]+ (?:'[^']*'|[^\s'`;]+))+)/.exec(text) ?? [];
  return run(`${command} --yes --no-kubeconfig`);
}

test.for([
  ["the function", "function", "FunctionNotFound"],
  ["the RoleBinding", "rbac", "RightMissing"],
  ["the mapping", "mapping", "RoleNotMapped"],
] as const)("doctor's hint makes %s again, as it stands", async ([what, link, code], { world }) => {
  const { backend, run } = world;
  const { functionName, stack } = JSON.parse((await run("list --json")).stdout).find(
    (one: { name: string }) => one.name === "plain",
  );
  const bindings = rbac("rolebindings", "default");
  const [binding] = (await backend.kube("GET", bindings)).body.items.filter(
    ({ metadata }: { metadata: { name: string } }) => metadata.name.startsWith("eks-lambda-plain"),
  );
  const breaking = {
    "the function": () => backend.remove("AWS::Lambda::Function", functionName),
    "the RoleBinding": () => backend.kube("DELETE", `${bindings}/${binding.metadata.name}`),
    "the mapping": () => putAwsAuth(backend, {}),
  };
  await breaking[what]();
  // By its stack alone, too: setup needs the name beside the file.
  const flags = `--stack ${stack}`;
  const found = async () => findingsIn(await run(`doctor ${flags} --json`)).find((one) => one.link === link);
  await expect.poll(found).toMatchObject({ status: "broken", code });
  const hint = (await found())?.hint ?? "";
  expect(hint).toMatch(/eks-lambda setup --name plain --stack \S+ --entry \S*project\/plain\.cjs/);
  const { exit, stderr } = await setupIn(world, hint);
  expect(exit, stderr).toBe(0);
  const sound = await run(`doctor ${flags} --json`);
  expect(sound.exit, sound.stdout).toBe(0);
});

test("is made again by teardown's last words, as they stand", async ({ world }) => {
  const { stderr } = await world.run("teardown --name plain --yes --no-kubeconfig");
  expect(stderr).toMatch(
    /removed; `eks-lambda setup --name plain --entry \S+ --allow 'get,list pods'` creates it again/,
  );
  const { exit, stderr: told } = await setupIn(world, stderr);
  expect(exit, told).toBe(0);
  expect(await allowed(world, "plain", "default")).toEqual(["get,list pods  "]);
});

test("goes with teardown, with all of its Roles", async ({ world }) => {
  for (const name of ["web", "plain"])
    expect((await world.run(`teardown --name ${name} --yes --no-kubeconfig`)).exit).toBe(0);
  expect((await world.run("list --json")).stdout.trim()).toBe("[]");
  const { body } = await world.backend.kube("GET", rbac("clusterroles"));
  const ours = body.items.filter(({ metadata }: { metadata: { name: string } }) =>
    /eks-lambda-(web|plain)/.test(metadata.name),
  );
  expect(ours).toEqual([]);
});
