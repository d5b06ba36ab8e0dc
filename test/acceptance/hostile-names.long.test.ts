/** Commands in hints, where others chose the names in them: a shell reads each as it reads one with a plain name. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { updateStack } from "./support/aws.ts";
import { make, putAwsAuth, rbac } from "./support/cluster.ts";
import type { RunOptions } from "./support/run.ts";
import { test, type World } from "./support/world.ts";

const plain = "plain";
const hostile = ["a;:>canary;$(:>canary)`:>canary`'; :>canary; ' \"b\"\\ & <canary", "--all"];

const apiGroup = "rbac.authorization.k8s.io";
const binding = (name: string, subject: object) => ({
  metadata: { name },
  roleRef: { apiGroup, kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ apiGroup, ...subject }],
});

/** A kubeconfig whose context has a command that is not installed. */
const unusable = ({ backend }: World, name: string) => ({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name, cluster: { server: backend.cluster.endpoint, "insecure-skip-tls-verify": true } }],
  users: [{ name, user: { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "absent" } } }],
  contexts: [{ name, context: { cluster: name, user: name } }],
});

interface Refused {
  readonly given: (world: World, name: string) => Promise<RunOptions["env"] | undefined>;
  /** Takes it away. */
  readonly after?: (world: World, name: string) => Promise<unknown>;
  readonly command: (world: World, name: string) => string;
  /** The name as it can be. Default: any. */
  readonly named?: (text: string) => string;
}

const setup = "setup --yes --no-kubeconfig";
/** As the tests can type it. */
const typed = (text: string) => text.replaceAll("'", "");

const refused: Readonly<Record<string, Refused>> = {
  "a RoleBinding": {
    given: async ({ backend }, name) =>
      void (await make(backend, rbac("rolebindings", "default"), binding(name, { kind: "User", name: "lambda" }))),
    command: () => "doctor",
    after: ({ backend }, name) =>
      backend.kube("DELETE", `${rbac("rolebindings", "default")}/${encodeURIComponent(name)}`),
  },
  "a ClusterRoleBinding of everybody": {
    given: async ({ backend }, name) => {
      const everybody = { kind: "Group", name: "system:authenticated" };
      await make(backend, rbac("clusterrolebindings"), binding(name, everybody));
    },
    command: () => "doctor",
    after: ({ backend }, name) => backend.kube("DELETE", `${rbac("clusterrolebindings")}/${encodeURIComponent(name)}`),
  },
  "a user in aws-auth, which no command names": {
    given: async ({ backend, names }, name) =>
      void (await putAwsAuth(backend, { mapRoles: JSON.stringify([{ rolearn: names.roleArn, username: name }]) })),
    command: () => "doctor",
  },
  "a context": {
    given: async (world, name) => {
      const KUBECONFIG = join(world.home, "unusable");
      await writeFile(KUBECONFIG, JSON.stringify(unusable(world, name)));
      return { KUBECONFIG };
    },
    command: (_, name) => `${setup} '--context=${name}'`,
    named: typed,
  },
  "the file of a stack's function": {
    given: async ({ backend, names }, name) => {
      await putAwsAuth(backend, { mapRoles: "[]" });
      await updateStack(backend, names.stack, { parameters: { Entry: name } });
      return undefined;
    },
    command: () => "doctor",
  },
};

/** All hints in an output of `--json`. */
const hintsIn = (value: unknown): readonly string[] =>
  Object.entries(Object(value)).flatMap(([key, inner]) =>
    key === "hint" && typeof inner === "string" ? [inner] : typeof inner === "object" ? hintsIn(inner) : [],
  );

const programs = ["eks-lambda", "kubectl", "aws", "rm"];
/** From a program to the end of its words, quoted or not, and of the words of ours behind them. */
const commandIn = new RegExp(
  `(?<![\\w/'-])(?:${programs.join("|")})(?: (?:[\\w@%+=:,./-]|'[^']*'|\\\\['\\\\])+)+`,
  "g",
);

/** The words of each command, by a shell that has no programs, and prints the words of these. */
async function read(commands: readonly string[]): Promise<readonly (readonly string[])[]> {
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-hostile-"));
  try {
    const shell = (script: string) =>
      execFileSync("/bin/sh", ["-c", script], { env: { PATH: "" }, cwd: folder, encoding: "utf8", stdio: "pipe" });
    const all = commands.map((one) => {
      execFileSync("/bin/sh", ["-n"], { input: one });
      const named = one.replace(/^eks-lambda/, "ours");
      const show = ["ours", ...programs.slice(1)].map((name) => `${name}() { printf '%s\\0' ${name} "$@"; }`);
      return shell([...show, named].join("\n"))
        .split("\0")
        .slice(0, -1);
    });
    expect(await readdir(folder)).toEqual([]);
    return all;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The words of the commands in the hints of a command that is refused, with another word for the name. */
async function wordsOf(world: World, { given, command, after, named = (text) => text }: Refused, text: string) {
  const name = named(text);
  const env = { ...(await given(world, name)) };
  const line = `${command(world, name)} --cluster ${world.names.cluster}`;
  const [json, shown] = [await world.run(`${line} --json`, { env }), await world.run(line, { env })];
  await after?.(world, name);
  expect(json.exit, json.stderr).toBe(1);
  const outputs = [json.stdout, json.stderr].filter(Boolean);
  const hints = outputs.flatMap((one) =>
    hintsIn(JSON.parse(one.split("\n").find((text) => /^[{[]/.test(text)) ?? one)),
  );
  for (const each of hints.flatMap((hint) => hint.split("\n"))) expect(shown.stdout + shown.stderr).toContain(each);
  const commands = hints.flatMap((hint) => hint.match(commandIn) ?? []);
  const words = (await read(commands)).map((all) =>
    all.map((word) => word.replaceAll(name, plain).replace(/^(--[a-z-]+)=/, "$1 ")).join(" "),
  );
  return { words, hints: hints.join("\n") };
}

test.beforeAll(async ({ world }) => {
  await world.fresh();
  const { exit, stderr } = await world.run(`${setup} --access aws-auth`);
  expect(exit, stderr).toBe(0);
});

for (const [what, refusal] of Object.entries(refused))
  test(`in a hint for ${what} are one word`, async ({ world }) => {
    const expected = await wordsOf(world, refusal, plain);
    expect(expected.words).not.toEqual([]);
    for (const name of hostile) expect((await wordsOf(world, refusal, name)).words).toEqual(expected.words);
  });
