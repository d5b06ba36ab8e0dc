/** Tests of kubectl in the sandbox, for any kubectl. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repositoryFile } from "../acceptance/support/run.ts";
import { type Template, templates } from "../unit/support/commands.ts";
import { type Kubectl, kubectlInSandbox } from "./kubectl.ts";
import { failing, session } from "./session.ts";

const slow = { timeout: 120_000 };

export function describeKubectl(title: string, program: () => Promise<string>): void {
  describe(title, () => {
    let kubectl: Kubectl;
    beforeAll(async () => {
      kubectl = await kubectlInSandbox(await program());
    });
    afterAll(() => kubectl.stop());

    test("a session", slow, async () => {
      const told = await session(kubectl.call);
      const wrong = told.filter(({ command, exit }) => exit !== (failing.includes(command) ? 1 : 0));
      expect(wrong).toEqual([]);
    });

    test("get --watch shows each change", slow, async () => {
      const watch = spawn(await program(), ["get", "configmaps", "--watch", ...kubectl.flags], { env: kubectl.env });
      const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "seen" }, data: { a: "b" } };
      const lines = linesOf(watch);
      await kubectl.call("apply --filename -", JSON.stringify(object));
      expect((await lines.next()).value).toMatch(/^NAME +DATA +AGE$/);
      expect((await lines.next()).value).toMatch(/^seen +1 +\d+s$/);
      await kubectl.call("delete configmap seen");
      expect((await lines.next()).value).toMatch(/^seen +1 +\d+s$/);
      watch.kill();
    });

    test("custom resources have the columns and the schema of their definition", slow, async () => {
      const definition = readFileSync(repositoryFile("test/kubectl/definition.json"), "utf8");
      expect(await kubectl.call("apply --filename -", definition)).toMatchObject({ exit: 0 });
      expect(await kubectl.call("wait --for condition=Established crd/tenants.example.com")).toMatchObject({ exit: 0 });
      const object = { apiVersion: "example.com/v1", kind: "Tenant", metadata: { name: "a" }, spec: { size: 3 } };
      expect(await kubectl.call("apply --filename -", JSON.stringify(object))).toMatchObject({ exit: 0 });
      expect((await kubectl.call("get tenants")).stdout).toMatch(/^NAME +SIZE +AGE\na +3 +\d+s\n$/);
      expect((await kubectl.call("get tn --output wide")).stdout).toMatch(/^NAME +SIZE +AGE +OWNER\n/);
      expect((await kubectl.call("explain tenants.spec.size")).stdout).toContain("How many seats.");
    });

    test("create, which sends protobuf", slow, async () => {
      const created = [
        "deployment web --image nginx --replicas 3 --port 80",
        "configmap settings --from-literal color=blue",
        "secret generic login --from-literal password=opensesame",
        "service nodeport web --tcp 80:8080",
        "job once --image busybox",
        "cronjob nightly --image busybox --schedule @daily",
        "role reader --verb get --resource pods",
        "quota wide --hard pods=300",
        "ingress web --rule shop.example/*=web:80",
        "poddisruptionbudget web --selector app=web --min-available 50%",
      ];
      for (const what of created) expect(await kubectl.call(`create ${what}`)).toMatchObject({ exit: 0, stderr: "" });
      const { stdout } = await kubectl.call(
        "get deployment web --output jsonpath={.spec.replicas},{.spec.template.spec}",
      );
      expect(stdout).toMatch(
        /^3,\{"containers":\[\{"image":"nginx".*"ports":\[\{"containerPort":80,"protocol":"TCP"\}\]/,
      );
      const { stdout: password } = await kubectl.call("get secret login --output jsonpath={.data.password}");
      expect(atob(password)).toBe("opensesame");
    });

    test("what the sandbox does not serve is named", slow, async () => {
      expect(await kubectl.call("exec deploy/web -- ls")).toMatchObject({ exit: 1 });
      const { stderr } = await kubectl.call("get --raw /api/v1/namespaces/default/endpoints");
      expect(stderr).toContain("the sandbox does not support endpoints");
    });

    test("every command that eks-lambda suggests is understood", slow, async () => {
      const commands = [...suggested()];
      expect(commands.length).toBeGreaterThan(10);
      const wrong: string[] = [];
      for (const command of commands) {
        const { exit, stderr } = await kubectl.call(
          command.replace(/ -f \S+| --filename \S+/, " --filename -"),
          manifest,
        );
        const isUnderstood = exit === 0 || /\(NotFound\)|\(AlreadyExists\)|no rollout history found/.test(stderr);
        if (!isUnderstood) wrong.push(`${command}: ${stderr}`);
      }
      expect(wrong).toEqual([]);
    });
  });
}

/** Yields the lines of a process's output. */
async function* linesOf({ stdout }: ChildProcess): AsyncGenerator<string, void, undefined> {
  let rest = "";
  for await (const text of stdout ?? []) {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** For a file that a suggested command applies or replaces. */
const manifest = JSON.stringify({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "aws-auth", namespace: "kube-system" }, data: {} },
});

const filesIn = (folder: string, ending: string): readonly string[] =>
  readdirSync(repositoryFile(folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending) && !/^(sandbox|decisions)/.test(name))
    .map((name) => join(folder, name));

/** Values for what a command leaves open, by the source of each. */
const values: readonly (readonly [RegExp, string])[] = [
  [/slashed|^place$/, "deployment/web"],
  [/^inNamespace|^option\(/, ""],
  [/kind/, "deployment"],
  [/^/, "web"],
];

const filled = ({ texts, values: given }: Template): string =>
  texts.reduce((text, next, at) => text + values.find(([of]) => of.test(given[at - 1] ?? ""))?.[1] + next);

/** Commands of kubectl in strings of the sources and in the docs, without comments. Verbs alone are not commands. */
function suggested(): ReadonlySet<string> {
  const pages = ["README.md", "CONTRIBUTING.md", ...filesIn("docs", ".md"), "scripts/demo.mjs"].map((file) =>
    // Paragraphs such as `**Why**` are about commands.
    readFileSync(repositoryFile(file), "utf8").replace(/^\*.*$/gm, ""),
  );
  const found = [...pages, ...templates().map((one) => filled(one))].flatMap((text) => [
    ...text.matchAll(
      /kubectl ((?:api-resources|(?:apply|auth|create|delete|describe|edit|get|replace|rollout) [a-z-])(?:[^`"'\n|>;,)\\]|,(?! ))*)/g,
    ),
  ]);
  const commands = found.map(([, command = ""]) => command.trim());
  return new Set(commands.filter((command) => command !== "rollout restart"));
}
