/** What the function may do in AWS beside its own work: `--policy` is a policy of its role, kept until another run changes it. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { parametersOf, putPolicy, rolePolicyOf } from "./support/aws.ts";
import { test, type World } from "./support/world.ts";
import { writesOf } from "./support/writes.ts";

const name = "act-in-aws";
const version = { Version: "2012-10-17" };
const reading = {
  ...version,
  Statement: [
    {
      Effect: "Allow",
      Action: ["secretsmanager:GetSecretValue"],
      Resource: "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-*",
      Condition: { StringEquals: { "secretsmanager:VersionStage": "AWSCURRENT" } },
    },
  ],
};
const writing = {
  ...version,
  Statement: [
    ...reading.Statement,
    { Effect: "Allow", Action: "s3:PutObject", Resource: `arn:aws:s3:::b/\${aws:PrincipalTag/team}/{!Ref x}é'"*` },
  ],
};

const file = ({ home }: World, one: string) => join(home, one);
const setup = (world: World, flags = "") =>
  `setup --name own --entry ${file(world, "own.cjs")} --allow 'get pods' --yes --no-kubeconfig ${flags}`;

async function deployed(world: World, flags = "") {
  const outcome = await world.run(setup(world, flags));
  expect(outcome.exit, outcome.stderr).toBe(0);
  return outcome.stdout + outcome.stderr;
}
const changes = (stderr: string) => stderr.match(/^ {6}[-+] (policy|the policy) .*$/gm);

/** The names of what setup made. */
async function place({ run, names }: World) {
  const { stack, functionName } = JSON.parse((await run("list own --json")).stdout);
  return { stack, others: { ...names, role: functionName } };
}
const policyOf = async (world: World) => rolePolicyOf({ ...world, names: (await place(world)).others }, name);
const meddle = async (world: World, document?: object) =>
  putPolicy({ ...world, names: (await place(world)).others }, name, document);

test.beforeEach(async ({ world }) => {
  await world.fresh();
  await writeFile(file(world, "own.cjs"), "exports.handler = async () => 1;\n");
  await writeFile(file(world, "reading.json"), JSON.stringify(reading, undefined, 2));
  await writeFile(file(world, "writing.json"), JSON.stringify(writing));
});

test("it is the role's, literally, kept, changed and removed, and the plan shows which rights come and go", async ({
  world,
}) => {
  const first = await deployed(world, `--policy ${file(world, "reading.json")}`);
  const read =
    'policy allow secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:123456789012:secret:db-* if {"StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}';
  expect(changes(first)).toEqual([`      + ${read}`]);
  expect(await policyOf(world)).toEqual(reading);

  await writesOf(world);
  expect(await deployed(world)).toMatch(/= stack .* unchanged\n/);
  expect(await deployed(world, `--policy ${file(world, "reading.json")}`)).toMatch(/= stack .* unchanged\n/);
  expect(await writesOf(world)).toEqual([]);

  const second = await deployed(world, `--policy ${file(world, "writing.json")} --memory 512`);
  expect(changes(second)).toEqual([`      + policy allow s3:PutObject on ${writing.Statement[1]?.Resource}`]);
  expect(await policyOf(world)).toEqual(writing);
  // Another update keeps it.
  expect(changes(await deployed(world, "--memory 256"))).toBeNull();
  expect(await policyOf(world)).toEqual(writing);
  // Its role may get another name.
  expect(changes(await deployed(world, "--role-name another"))).toBeNull();
  expect(await rolePolicyOf({ ...world, names: { ...world.names, role: "another" } }, name)).toEqual(writing);
  await deployed(world, `--role-name ${(await place(world)).others.role}`);

  expect(changes(await deployed(world, "--no-policy"))).toHaveLength(2);
  expect(await policyOf(world)).toBeUndefined();
  expect(await deployed(world, "--no-policy")).toMatch(/= stack .* unchanged\n/);
});

test("what others change in it is shown, refused without the file, and put back with it", async ({ world }) => {
  await deployed(world, `--policy ${file(world, "reading.json")}`);
  for (const [document, how] of [
    [writing, "changed"],
    [undefined, "deleted"],
  ] as const) {
    await meddle(world, document);
    expect((await world.run("doctor --name own")).stdout).toMatch(
      new RegExp(`the policy ${name} of the role \\S+ was ${how} \\(StackDrifted\\)`),
    );
    await writesOf(world);
    const { exit, stderr } = await world.run(setup(world, "--memory 512"));
    expect([exit, stderr]).toEqual([1, expect.stringContaining(`someone ${how} the policy ${name} of the role`)]);
    expect(stderr).toContain("hint  give it again: --policy FILE; or remove it: --no-policy\n");
    expect(await writesOf(world)).toEqual([]);
    const restored = await deployed(world, `--policy ${file(world, "reading.json")}`);
    expect(restored).toContain(`- the policy ${name} of the role`);
    if (document) expect(changes(restored)?.join()).toContain("- policy allow s3:PutObject on");
    expect(await policyOf(world)).toEqual(reading);
  }
  await meddle(world, writing);
  await deployed(world, "--no-policy");
  expect(await policyOf(world)).toBeUndefined();
});

test("a long one fits, and one that is too long is refused", async ({ world }) => {
  const long = (count: number) => ({
    ...version,
    Statement: [
      {
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: Array.from({ length: count }, (_, at) => `arn:aws:s3:::bucket-${at}-${"x".repeat(40)}/*`),
      },
    ],
  });
  await writeFile(file(world, "long.json"), JSON.stringify(long(140)));
  await deployed(world, `--policy ${file(world, "long.json")}`);
  expect(await policyOf(world)).toEqual(long(140));
  expect(await deployed(world)).toMatch(/= stack .* unchanged\n/);
  await writeFile(file(world, "long.json"), JSON.stringify(long(160)));
  const { exit, stderr } = await world.run(setup(world, `--policy ${file(world, "long.json")}`));
  expect([exit, stderr]).toEqual([2, expect.stringMatching(/IAM takes at most 10240 \(InvalidPolicy\)/)]);
});

test("what reaches far is warned of, by the names of this role and cluster", async ({ world }) => {
  const { region, account, cluster } = world.names;
  const far = {
    ...version,
    Statement: [
      { Effect: "Allow", Action: "iam:*", Resource: `arn:aws:iam::${account}:role/eks-lambda-*` },
      {
        Effect: "Allow",
        Action: "eks:CreateAccessEntry",
        Resource: `arn:aws:eks:${region}:${account}:cluster/${cluster}`,
      },
    ],
  };
  await writeFile(file(world, "far.json"), JSON.stringify(far));
  const stderr = await deployed(world, `--dry-run --policy ${file(world, "far.json")}`);
  expect(stderr).toMatch(/warning: by iam:AttachRolePolicy, .*the function may change the rights of its own role/);
  expect(stderr).toMatch(/warning: by eks:CreateAccessEntry, the function may change who is mapped/);
});

test("two runs at once: the role has the policy of the one that the stack names", async ({ world }) => {
  await deployed(world);
  const outcomes = await Promise.all(
    ["reading.json", "writing.json"].map((one) => world.run(setup(world, `--policy ${file(world, one)}`))),
  );
  expect(outcomes.some(({ exit }) => exit === 0)).toBe(true);
  for (const { exit, stderr } of outcomes) if (exit !== 0) expect(stderr).toMatch(/\((StackChanged|StackBusy)\)/);
  expect([reading, writing]).toContainEqual(await policyOf(world));
  expect(await deployed(world)).toMatch(/= stack .* unchanged\n/);
});

test("those who deploy with SAM get it in the template", async ({ world }) => {
  const exported = await world.run(
    `export --to sam ${file(world, "sam")} --name own --entry ${file(world, "own.cjs")} --allow 'get pods' --policy ${file(world, "reading.json")}`,
  );
  expect(exported.exit, exported.stderr).toBe(0);
  const template = await readFile(file(world, "sam/template.yml"), "utf8");
  expect(template).toContain(`- { PolicyName: ${name}, PolicyDocument: ${JSON.stringify(reading)} }\n`);
  expect(await readFile(file(world, "sam/samconfig.toml"), "utf8")).toMatch(/Policy="[0-9a-f]{64}"/);
});

test("it is of an own function, and a stack's hash is one", async ({ world }) => {
  const idle = await world.run(`setup --yes --policy ${file(world, "reading.json")}`);
  expect([idle.exit, idle.stderr]).toEqual([2, expect.stringContaining("--policy has no effect without --entry")]);
  await deployed(world, `--policy ${file(world, "reading.json")}`);
  const { stack } = await place(world);
  expect((await parametersOf(world.backend, stack)).Policy).toMatch(/^[0-9a-f]{64}$/);
  const removed = await world.run("teardown --name own --yes --no-kubeconfig");
  expect(removed.stderr).toContain("creates it again, with the --policy that it had");
});
