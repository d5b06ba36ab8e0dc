/** docs/ci.md: nobody but a protected environment deploys, and nothing that runs there changes by itself. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { declaredNeeds } from "../../../src/core/grant/declared.ts";
import { formatNeed, type Need } from "../../../src/core/kube/need.ts";
import { planRoles, setupRoles } from "../../../src/core/permissions/cluster.ts";

const page = await readFile(new URL("../../../docs/ci.md", import.meta.url), "utf8");
const block = (before: string, language: string): string =>
  new RegExp(`${before}\`\`\`${language}\\n(.*?)\`\`\``, "s").exec(page)?.[1] ?? "";

interface Job {
  readonly if: string;
  readonly environment?: string;
  readonly permissions: object;
  readonly steps: readonly {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, string>>;
  }[];
}
const workflow = parse(block("", "yaml")) as {
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
};

/** Whom GitHub's token must be for. */
const subjectOf = (role: string): unknown => {
  const [{ Condition }] = JSON.parse(block(`<!-- trust ${role} -->\n\n`, "json")).Statement;
  expect(Object.keys(Condition)).toEqual(["StringEquals"]);
  expect(Condition.StringEquals["token.actions.githubusercontent.com:aud"]).toBe("sts.amazonaws.com");
  return Condition.StringEquals["token.actions.githubusercontent.com:sub"];
};

describe("the workflow", () => {
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  test("pins each action by its commit, with its version", () => {
    const uses = [...page.matchAll(/uses: (.*)/g)].map(([, used]) => used);
    expect(uses).toHaveLength(steps.filter(({ uses }) => uses).length);
    for (const used of uses) expect(used).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test("runs an exact version of the package", () => {
    const commands = steps.flatMap(({ run }) => run ?? []);
    expect(commands).not.toEqual([]);
    for (const command of commands) expect(command).toMatch(/^npx --yes eks-lambda@\d+\.\d+\.\d+ /);
  });

  test("plans pull requests with the read-only role, and deploys from an environment", () => {
    const { plan, deploy } = workflow.jobs;
    const roleOf = (job: Job | undefined) => job?.steps[0]?.with?.["role-to-assume"];
    expect([roleOf(plan), roleOf(deploy)]).toEqual([
      "arn:aws:iam::111122223333:role/github-eks-lambda-plan",
      "arn:aws:iam::111122223333:role/github-eks-lambda-deploy",
    ]);
    expect([plan?.environment, deploy?.environment]).toEqual([undefined, "production"]);
    expect([plan?.steps.at(-1)?.run, deploy?.steps.at(-1)?.run]).toEqual([
      expect.stringContaining(" --dry-run"),
      expect.stringContaining(" --yes"),
    ]);
    expect([workflow.permissions, plan?.permissions]).toEqual([{}, { "id-token": "write" }]);
  });
});

test("each role trusts one subject, without a wildcard", () =>
  expect(["plan", "deploy"].map(subjectOf)).toEqual([
    "repo:OWNER/REPOSITORY:pull_request",
    "repo:OWNER/REPOSITORY:environment:production",
  ]));

/** `get configmaps aws-auth @kube-system`, one for each verb, resource and name. */
const oneByOne = (needs: readonly Need[]): readonly string[] =>
  needs
    .flatMap(({ verbs, names, ...need }) =>
      verbs.flatMap((verb) =>
        (names ?? [undefined]).map((name) => formatNeed({ ...need, verbs: [verb], ...(name && { names: [name] }) })),
      ),
    )
    .sort();

const wish = { namespace: "default", readsAwsAuth: true };
const deploys = [{ group: "apps", resource: "deployments", verbs: ["create"] }];

test.each([
  ["plan", planRoles(wish)],
  ["deploy", setupRoles({ ...wish, needs: deploys })],
])("the role that runs %s is granted what `eks-lambda permissions` prints", (role, roles) => {
  const [, command = ""] =
    new RegExp(`eks-lambda grant [^\n]*role/github-eks-lambda-${role} (.*?)\n\n`, "s").exec(page) ?? [];
  const rules = [...command.replace(/```.*/s, "").matchAll(/'([^']+)'/g)].map(([, rule = ""]) => rule);
  const wanted = roles.flatMap(({ namespace, rules }) =>
    rules.flatMap(({ apiGroups, resources, resourceNames: names, verbs }) =>
      resources.map(
        (resource): Need => ({
          ...{ group: apiGroups[0] ?? "", resource, verbs },
          ...(names && { names }),
          ...(namespace === undefined ? { cluster: true } : { namespace }),
        }),
      ),
    ),
  );
  expect(oneByOne(declaredNeeds(rules, "default"))).toEqual(oneByOne(wanted));
});
