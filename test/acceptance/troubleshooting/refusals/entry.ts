/** What is wrong with a function of the user's. */
import { createHash } from "node:crypto";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { createBucket, putObject, putPolicy } from "../../support/aws.ts";
import { repositoryFile } from "../../support/run.ts";
import type { World } from "../../support/world.ts";
import { otherZip } from "../../support/zips.ts";
import { all, alreadySetUp, heldBefore, setup } from "../given.ts";
import type { Refusal } from "../refusal.ts";

type Given = NonNullable<Refusal["given"]>;

const holds =
  (name: string, text: string): Given =>
  async ({ home }) => {
    await mkdir(join(home, "src"), { recursive: true });
    await writeFile(join(home, "src", name), text);
    return undefined;
  };

/** The same text each time, which does not compress. */
function incompressible(length: number): string {
  const hashes = Array.from({ length: length / 43 + 1 }, (_, at) => createHash("sha256").update(`${at}`));
  return hashes
    .map((hash) => hash.digest("base64url"))
    .join("")
    .slice(0, length);
}

const installed =
  (name: string, from: string): Given =>
  async ({ home }) => {
    await mkdir(join(home, "node_modules"), { recursive: true });
    await symlink(repositoryFile(from), join(home, "node_modules", name));
    return undefined;
  };
const hasEsbuild = installed("esbuild", "node_modules/esbuild");

/** The function `web` reads the ConfigMap that an event names. */
const readsFlags = all(
  hasEsbuild,
  installed("eks-lambda", "."),
  holds(
    "web.ts",
    `import { defineFunction, resource } from "eks-lambda/lambda";
export const handler = defineFunction({
  needs: {
    flags: resource("v1", "configmaps").in("default").named("flags").may("get"),
    pods: resource("v1", "pods").in("default").may("get"),
  },
  async run({ flags, pods }, { event: { flags: name, pod } }: { event: { flags?: string; pod?: string } }) {
    return pod === undefined ? flags.get({ name: name ?? "flags" }) : pods.get({ name: pod });
  },
});
`,
  ),
  async ({ run, names, home }) => {
    const { exit, stderr } = await run(`setup ${where(names)} --entry ${home}/src/web.ts --no-kubeconfig`);
    expect(exit, stderr).toBe(0);
    return undefined;
  },
);

const invokeWith =
  (event: object): Refusal["command"] =>
  ({ cluster }) =>
    `invoke --cluster ${cluster} --name web --event '${JSON.stringify(event)}'`;

const deploy =
  (name: string, more = ""): Refusal["command"] =>
  ({ cluster }) =>
    `setup --cluster ${cluster} --name web --entry ~/src/${name} --yes${more}`;

const where = ({ cluster }: { readonly cluster: string }) => `--cluster ${cluster} --name web --yes`;

const declares =
  'exports.handler = Object.assign(async () => 1, { ready: Promise.resolve(), needs: [{ group: "", resource: "pods", verbs: ["list"] }] });';

/** Paths are relative to where the command ran. */
const tidy = (text: string): string =>
  text.replace(/(?:\.\.\/)+\S*?\/src\//g, "src/").replace(/(\/src\/)\S*\/src\//g, "$1");

const withoutHashes = (text: string): string =>
  tidy(text)
    .replace(/[0-9a-f]{64}/g, "0123abcd…")
    .replace(/(?<=SHA-256 )\S{43}=/g, "EjRWeJ…");

const uploading: Refusal["command"] = (names) => `${setup(names)} --code-bucket my-code`;

/** Someone writes other code into the bucket after setup has compared its own. */
async function replaced(world: World): ReturnType<Given> {
  const { backend, run, names } = world;
  await createBucket(backend, "my-code");
  const { stdout, stderr } = await run(`${uploading(names)} --dry-run --json`);
  const [, Key = ""] = /s3:\/\/my-code\/(\S+?)"/.exec(stdout) ?? [];
  expect(Key, stderr).not.toBe("");
  return heldBefore("ExecuteChangeSet", () => putObject(backend, { Bucket: "my-code", Key }, otherZip))(world);
}

const notSetUp = { tidy, doctor: "stack NotSetUp" } as const;

const policy = (more = {}): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::my-bucket/*", ...more }],
  });

/** The function `web` has a policy, which someone else changes. */
const changedPolicy = all(
  holds("web.cjs", "exports.handler = async () => 1;"),
  holds("policy.json", policy()),
  async ({ run, home, names }) => {
    const flags = `--entry ${home}/src/web.cjs --allow 'get pods' --policy ${home}/src/policy.json --no-kubeconfig`;
    const { exit, stderr } = await run(`setup ${where(names)} ${flags}`);
    expect(exit, stderr).toBe(0);
    return undefined;
  },
  async (world) => {
    const { functionName: role } = JSON.parse((await world.run("list web --json")).stdout);
    await putPolicy(
      { ...world, names: { ...world.names, role } },
      "act-in-aws",
      JSON.parse(policy({ Action: "s3:*" })),
    );
    return undefined;
  },
);

export const entry: readonly Refusal[] = [
  {
    ...{ code: "InvalidPolicy", ...notSetUp },
    when: "the file of `--policy` is no policy of a role",
    given: all(holds("web.cjs", "exports.handler = async () => 1;"), holds("policy.json", policy({ Principal: "*" }))),
    command: deploy("web.cjs", " --policy ~/src/policy.json"),
    why: "IAM refuses such a policy, and all inline policies of a role may have 10,240 characters. CloudFormation would read functions such as `Ref` and text such as `{{resolve:…}}` as its own.",
    fix: "Write the policy as the message describes: Version, and Statement with Effect, Action, Resource and maybe Condition. Nothing was written.",
  },
  {
    ...{ code: "PolicyChanged", tidy },
    when: "someone else changed or deleted the policy of `--policy`",
    given: changedPolicy,
    command: deploy("web.cjs", " --memory 512"),
    why: "Without the flag, `setup` keeps the policy that the role has, if it is the one that it wrote: the stack keeps its hash. It does not keep what someone else made of it.",
    fix: "See in CloudTrail who did it. Then give the file again with `--policy`, or remove the policy with `--no-policy`. Nothing was written.",
    doctor: "stack NotSetUp",
  },
  {
    ...{ code: "EsbuildMissing", ...notSetUp },
    when: "a function must be bundled, and its project has no esbuild",
    given: holds("web.ts", "export const handler = async () => 1;"),
    command: deploy("web.ts"),
    why: "The function's project decides which esbuild bundles it. A `.js` or `.cjs` file that needs no other file needs none.",
    fix: "Install esbuild in the project of the entry; it is looked for from the entry's folder upwards.",
  },
  {
    ...{ code: "EntryInvalid", ...notSetUp },
    when: "a function cannot be bundled",
    given: all(hasEsbuild, holds("web.ts", "export const handler = async ( => 1;\n")),
    command: deploy("web.ts"),
    why: "The file, or one that it imports, has an error of syntax or imports what is not there.",
    fix: "Fix what the message shows. Nothing was read or written in the account.",
  },
  {
    ...{ code: "EntryInvalid", ...notSetUp },
    when: "a function awaits at its top level",
    given: all(hasEsbuild, holds("web.ts", "await Promise.resolve();\nexport const handler = async () => 1;\n")),
    command: deploy("web.ts"),
    why: "Code in a template is CommonJS, which has no `await` at the top level.",
    fix: "Start the work there, and await it in the handler.",
  },
  {
    ...{ code: "EntryInvalid", ...notSetUp },
    when: "a function answers by a callback",
    given: holds("web.cjs", "exports.handler = (event, context, callback) => callback(null, event);\n"),
    command: deploy("web.cjs"),
    why: "The function runs on Node.js 24, whose runtime in Lambda refuses every event for a handler with three parameters. A handler that streams its answer, by `awslambda.streamifyResponse`, has three as well and is accepted.",
    fix: "Return the answer or a promise. Wrap a handler of an older library: `(event, context) => promisify(old)(event, context)`, with `promisify` of `node:util`.",
  },
  {
    ...{ code: "EntryFailed", ...notSetUp },
    when: "a function fails while it is loaded",
    given: holds("web.cjs", 'throw new Error("no table: " + process.env.TABLE);\n'),
    command: deploy("web.cjs"),
    why: "`setup` runs the code once, without environment, credentials and HOME and for 5 seconds at most, to read the rights that it declares. It threw, ended its process, or did not come to an end.",
    fix: "Do in the handler what needs the environment or takes long.",
  },
  {
    ...{ code: "EntryTooLarge", ...notSetUp },
    when: "a function is larger than a template",
    given: holds("web.cjs", `exports.handler = async () => "${incompressible(80_000)}";\n`),
    command: deploy("web.cjs", " --allow 'get pods'"),
    why: "The code is in the stack's template, for which CloudFormation has a limit of 51,200 bytes. `setup` has compressed it.",
    fix: "Name a bucket of your account with `--code-bucket`: `setup` uploads the code to it. Or leave large packages out: the AWS SDK is there in Lambda, and `eks-lambda/lambda/methods` has single methods.",
    // Each change of template.yml changes the room, and each Node.js compresses otherwise.
    tidy: (text) =>
      tidy(text)
        .replace(/\d+ compressed/, "81234 compressed")
        .replace(/room for \d+/, "room for 40000"),
  },
  {
    ...{ code: "BucketNotFound", ...notSetUp },
    when: "the bucket for the code does not exist",
    given: holds("web.cjs", "exports.handler = async () => 1;\n"),
    command: deploy("web.cjs", " --allow 'get pods' --code-bucket my-code"),
    why: "`setup` makes no bucket: who may read it and what expires in it is for you to decide.",
    fix: "Create it in the function's region, or name another one of your account.",
  },
  {
    ...{ code: "BucketElsewhere", ...notSetUp },
    when: "the bucket for the code is in another region than the function",
    given: all(holds("web.cjs", "exports.handler = async () => 1;\n"), async ({ backend }) => {
      await createBucket(backend, "my-code", "eu-west-1");
      return undefined;
    }),
    command: deploy("web.cjs", " --allow 'get pods' --code-bucket my-code"),
    why: "Lambda copies the code from a bucket of its own region. Nothing was written.",
    fix: "Name a bucket in the function's region, with one for each region that has functions.",
  },
  {
    ...{ code: "CodeNotOurs", tidy: withoutHashes, doctor: "stack NotSetUp" },
    when: "the bucket has something else in the place of the code",
    given: all(holds("web.cjs", "exports.handler = async () => 1;\n"), async ({ backend, run, names, home }) => {
      await createBucket(backend, "my-code");
      const line = `${deploy("web.cjs")(names)} --allow 'get pods' --code-bucket my-code --no-kubeconfig`;
      const { exit, stderr } = await run(line.replaceAll("~", home));
      expect(exit, stderr).toBe(0);
      const [, Key = ""] =
        /s3:\/\/my-code\/(\S+)/.exec((await run(`teardown ${where(names)} --no-kubeconfig`)).stderr) ?? [];
      await putObject(backend, { Bucket: "my-code", Key }, "other code");
      return undefined;
    }),
    command: deploy("web.cjs", " --allow 'get pods' --code-bucket my-code"),
    why: "The object's name is the hash of the code, and its size or checksum is another one. Anyone who may write to the bucket can have replaced it, and their code would run with the function's rights.",
    fix: "Find out who wrote it, for example in CloudTrail; then delete it, and setup uploads the code again.",
  },
  {
    ...{ code: "CodeNotOurs", tidy: withoutHashes, doctor: "function StackDrifted" },
    when: "someone replaces the code in the bucket while setup runs",
    given: all(alreadySetUp, replaced),
    command: uploading,
    why: "`setup` compares the hash of the code that Lambda runs with the one that it uploaded. Here the object changed between the upload and Lambda's copy. A function that is new has no rights in the cluster yet; one that had them before has them now, with that code.",
    fix: "Delete the object and run `setup` again at once: it deploys your code. Let the bucket keep versions: `setup` then deploys the version that it compared.",
  },
  {
    ...{ code: "RightsNotDeclared", ...notSetUp },
    when: "nothing says what a function may do",
    given: holds("web.cjs", "exports.handler = async () => 1;\n"),
    command: deploy("web.cjs"),
    why: "A handler of `defineFunction` declares its rights; this one does not.",
    fix: "Declare them in the code, or with `--allow`; the stack keeps those for the next run.",
  },
  {
    ...{ code: "RightsDeclaredTwice", ...notSetUp },
    when: "both the code and --allow say what a function may do",
    given: holds("web.cjs", `${declares}\n`),
    command: deploy("web.cjs", " --allow 'get pods'"),
    why: "One of them would be ignored.",
    fix: "Leave `--allow` out.",
  },
  {
    ...{ code: "TooManyRights", ...notSetUp },
    when: "a stack cannot keep the rights of a function",
    given: holds("web.cjs", "exports.handler = async () => 1;\n"),
    command: deploy(
      "web.cjs",
      ` --allow 'get configmaps ${Array.from({ length: 300 }, (_, at) => `settings-of-${at}`).join(" ")}'`,
    ),
    why: "The stack keeps the rights in a parameter of at most 4,096 bytes, so that the next run can take back those that are needed no more.",
    fix: "Name fewer objects, or split the function.",
    tidy: (text) => tidy(text).replace(/(settings-of-\d+ )+settings-of-299/, "settings-of-0 …"),
  },
  {
    ...{ code: "EntryNeeded", tidy, doctor: "stack NotSetUp" },
    when: "setup would replace a function of yours by the stock function",
    given: all(holds("web.cjs", "exports.handler = async () => 1;\n"), async ({ run, names, home }) => {
      const line = deploy("web.cjs")(names).replaceAll("~", home);
      const { exit, stderr } = await run(`${line} --no-kubeconfig --allow 'get pods'`);
      expect(exit, stderr).toBe(0);
      return undefined;
    }),
    command: ({ cluster }) => `setup --cluster ${cluster} --name web --yes`,
    why: "The code of your function is only in the stack, and setup would overwrite it.",
    fix: "Name its file again with `--entry`.",
  },
  {
    ...{ code: "NotDeclared", doctor: "stack NotSetUp" },
    when: "a function of yours uses what its needs do not declare",
    given: readsFlags,
    command: invokeWith({ flags: "other" }),
    why: "The needs are what `setup` gives the function as its Role. A handle has only these methods, names and namespaces: TypeScript refuses others, and what it cannot see, such as a name in an event, ends here, before any request.",
    fix: "Declare it as the hint shows, and run `eks-lambda setup` with the entry again: it changes the Role. Or check the event before you use it.",
  },
  {
    ...{ code: "InvalidName", doctor: "stack NotSetUp" },
    when: "a function of yours takes a name from an event that no object can have",
    given: readsFlags,
    command: invokeWith({ pod: "web/log" }),
    why: "A name is a part of the path of a request. With `/`, `%` or `..` in it, the request would be about something else. The library refuses it before any request.",
    fix: "Correct the event. A schema for `event` in `defineFunction` says what names are accepted.",
  },
];
