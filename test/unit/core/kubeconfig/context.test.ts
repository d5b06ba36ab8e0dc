import { readdirSync, readFileSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  arnOf,
  dropContext,
  hasContext,
  type KubeconfigContext,
  putContext,
} from "../../../../src/core/kubeconfig/context.ts";
import { kubeconfigPaths } from "../../../../src/core/kubeconfig/file.ts";
import { refusal } from "../../../support/refusal.ts";

const NAME = "eks-lambda/demo";
const ENTRY: KubeconfigContext = {
  name: NAME,
  arn: "arn:aws:eks:us-east-1:123456789012:cluster/demo",
  server: "https://demo.example",
  ca: "QUJD",
  exec: {
    command: "aws",
    args: ["eks", "get-token", "--cluster-name", "yes"],
    env: [{ name: "AWS_PROFILE", value: "0123" }],
  },
  namespace: "default",
  tlsServerName: "kubernetes",
};
const STAY = { useContext: false };
const SWITCH = { useContext: true };
const FIXTURES = new URL("../../../fixtures/kubeconfig/", import.meta.url);

const fixture = (name: string): string => readFileSync(new URL(name, FIXTURES), "utf8");
const files = readdirSync(FIXTURES, { withFileTypes: true }).flatMap((file) => (file.isFile() ? [file.name] : []));

const currentContext = (text: string | undefined): unknown => read(text ?? "")["current-context"] || undefined;

interface Config {
  [key: string]: unknown;
  clusters?: { name: string }[] | null;
  contexts?: { name: string }[] | null;
  users?: { name: string }[] | null;
}
const read = (text: string): Config => parse(text) ?? {};

describe.each(files)("%s", (name) => {
  const text = fixture(name);
  const after = putContext(text, ENTRY, STAY);

  test("gets the entry, and the others stay", () => {
    const [old, now] = [read(text), read(after)];
    for (const section of ["clusters", "contexts", "users"] as const) {
      const items = now[section] ?? [];
      expect(items.filter((item) => item.name !== NAME)).toEqual(old[section] ?? []);
      expect(items.filter((item) => item.name === NAME)).toHaveLength(1);
    }
    expect(now).toEqual({
      apiVersion: "v1",
      kind: "Config",
      ...old,
      clusters: now.clusters,
      contexts: now.contexts,
      users: now.users,
      "current-context": old["current-context"] || NAME,
    });
    expect(hasContext(after, NAME)).toBe(true);
  });

  test("keeps every comment, and the line ends", () => {
    const comments = (one: string) => one.match(/#.*/g) ?? [];
    expect(comments(after)).toEqual(comments(text));
    expect(/[^\r]\n/.test(after)).toBe(text.includes("\r\n") ? false : /\n/.test(after));
  });

  test("is unchanged if the entry is already correct", () => {
    expect(putContext(after, ENTRY, STAY)).toBe(after);
    expect(dropContext(text, NAME)).toBe(text);
  });

  test("loses only our entry on removal", () => {
    const left = dropContext(after, NAME);
    expect(hasContext(left, NAME)).toBe(false);
    const [old, now] = [read(text), read(left ?? "")];
    for (const section of ["clusters", "contexts", "users"] as const)
      expect(now[section] ?? []).toEqual(old[section] ?? []);
    expect(currentContext(left)).toBe(currentContext(text));
  });

  test("loads in a Kubernetes client", () => {
    const config = new KubeConfig();
    config.loadFromString(putContext(text, ENTRY, SWITCH));
    expect(config.getCurrentContext()).toBe(NAME);
    expect(config.getCurrentCluster()).toMatchObject({
      server: ENTRY.server,
      caData: "QUJD",
      tlsServerName: "kubernetes",
    });
    expect(config.getContextObject(NAME)).toMatchObject({ cluster: NAME, user: NAME, namespace: "default" });
    expect(config.getCurrentUser()?.exec).toEqual({
      apiVersion: "client.authentication.k8s.io/v1beta1",
      command: "aws",
      args: ENTRY.exec.args,
      env: ENTRY.exec.env,
      interactiveMode: "Never",
    });
  });
});

describe("removing what was added", () => {
  test.each([
    "aws-cli.yaml",
    "crlf.yaml",
    "users-first.yaml",
    "extensions-and-unknown-keys.yaml",
    "document-marker.yaml",
    "json.json",
  ])("gives back %s, byte for byte", (name) =>
    expect(dropContext(putContext(fixture(name), ENTRY, STAY), NAME)).toBe(fixture(name)),
  );

  test.each([
    ["adds a final newline", "no-final-newline.yaml", (text: string) => `${text}\n`],
    [
      "prints a list in brackets on one line",
      "flow-lists.yaml",
      (text: string) => text.replace(/\[\n {2}(.*), # one\n\]/, "[$1] # one"),
    ],
    [
      "puts the comment behind a key on its own line, and one space before the others",
      "comments-everywhere.yaml",
      (text: string) =>
        text
          .replace("contexts: # mine\n", "contexts:\n# mine\n")
          .replace("Config   #", "Config #")
          .replace("\n\n\n", "\n\n")
          .replace("# end", "\n# end"),
    ],
  ])("%s", (_, name, change) =>
    expect(dropContext(putContext(fixture(name), ENTRY, STAY), NAME)).toBe(change(fixture(name))),
  );
});

describe("a new file", () => {
  const { env: _env, ...exec } = ENTRY.exec;
  const { arn } = ENTRY;
  const text = putContext(undefined, { name: NAME, arn, server: ENTRY.server, ca: "QUJD", exec }, STAY);

  test("quotes every string, so that no YAML version reads it as another type", () =>
    expect(text).toBe(`# Created by eks-lambda. \`eks-lambda teardown\` deletes this file when nothing else is in it.

apiVersion: "v1"
kind: "Config"
clusters:
- cluster:
    certificate-authority-data: "QUJD"
    extensions:
    - extension:
        cluster: "arn:aws:eks:us-east-1:123456789012:cluster/demo"
      name: "eks-lambda"
    server: "https://demo.example"
  name: "eks-lambda/demo"
contexts:
- context:
    cluster: "eks-lambda/demo"
    user: "eks-lambda/demo"
  name: "eks-lambda/demo"
users:
- name: "eks-lambda/demo"
  user:
    exec:
      apiVersion: "client.authentication.k8s.io/v1beta1"
      args:
      - "eks"
      - "get-token"
      - "--cluster-name"
      - "yes"
      command: "aws"
      interactiveMode: "Never"
current-context: "eks-lambda/demo"
`));

  test("is deleted with the entry", () => expect(dropContext(text, NAME)).toBeUndefined());

  test.each([
    ["another entry is in it", (one: string) => putContext(one, { ...ENTRY, name: "eks-lambda/other" }, STAY)],
    ["a comment is in it", (one: string) => `${one}# mine\n`],
    ["another program wrote it again without our comment", (one: string) => one.replace(/^#.*\n/, "")],
  ])("stays where %s", (_, change) => expect(dropContext(change(text), NAME)).toContain("Config"));

  test.each(["", "\n", "# mine\n", "apiVersion: v1\nkind: Config\n", "{}"])("is none where there was %j", (before) =>
    expect(dropContext(putContext(before, ENTRY, STAY), NAME)).toContain("Config"),
  );
});

describe("editing one value", () => {
  test.each(files)("in %s changes one line", (name) => {
    const before = putContext(fixture(name), ENTRY, STAY);
    const after = putContext(before, { ...ENTRY, server: "https://new.example" }, STAY);
    expect(after).toBe(before.replace("https://demo.example", "https://new.example"));
  });

  test("switches the context in place, on request", () => {
    const text = fixture("aws-cli.yaml");
    const before = putContext(text, ENTRY, STAY);
    expect(putContext(before, ENTRY, SWITCH)).toBe(
      before.replace(/^current-context: .*$/m, `current-context: "${NAME}"`),
    );
    expect(currentContext(dropContext(putContext(text, ENTRY, SWITCH), NAME))).toBeUndefined();
  });

  test("keeps comments in and above our entry", () => {
    const before = putContext("clusters:\n# none\n- name: one\nusers: ~ # nobody\ncontexts: # later\n", ENTRY, STAY)
      .replace("- cluster:\n", "# the demo\n- cluster:\n")
      .replace('"https://demo.example"', '"https://demo.example" # tunnel');
    const after = putContext(before, { ...ENTRY, server: "https://new.example" }, STAY);
    expect(after).toBe(before.replace("https://demo.example", "https://new.example"));
    const left = dropContext(after, NAME) ?? "";
    expect(left.match(/#.*/g)).toEqual(["# none", "# the demo", "# nobody", "# later"]);
    expect(read(left)).toMatchObject({ clusters: [{ name: "one" }], contexts: [], users: [] });
  });

  test.each([
    ["on", "plain on"],
    ["1_000", "plain 1_000"],
    ["1:30", "plain 1:30"],
    ["2020-1-1", "a plain date"],
    ["0x1F", "plain 0x1F"],
    ["!!str yes", "a tag"],
    ["&anchor x", "an anchor"],
    ["'single'", "single quotes"],
    ["~", "a null"],
    ["|\n  two\n   lines\n", "a block"],
  ])("keeps another value that is written as %s", (value) => {
    const text = `note: ${value}\nkind: Config\n`;
    expect(putContext(text, ENTRY, STAY)).toContain(text.trimEnd());
  });

  test("keeps a byte order mark, which PowerShell writes", () =>
    expect(putContext("\ufeffkind: Config\n", ENTRY, STAY)).toMatch(/^\ufeffkind: Config\n/));

  test("keeps flow style", () => expect(read(putContext("{kind: Config}\n", ENTRY, STAY)).clusters).toHaveLength(1));
});

describe("an existing entry", () => {
  const text = putContext(undefined, ENTRY, STAY);

  test("is unchanged with the fields that kubectl adds", () => {
    const written = text.replace("interactiveMode: Never", "interactiveMode: Never\n      provideClusterInfo: false");
    expect(putContext(written, ENTRY, STAY)).toBe(written);
  });

  test("keeps a namespace chosen by the user", () => {
    const chosen = text.replace("namespace: default", "namespace: team");
    const { namespace: _namespace, ...entry } = ENTRY;
    expect(putContext(chosen, entry, STAY)).toBe(chosen);
    expect(putContext(chosen, ENTRY, STAY)).toBe(text);
  });
});

describe("refuses what kubectl refuses", () => {
  test.each([
    ["syntax.yaml", "kubeconfig, line 4, column 1: missing closing"],
    ["other-kind.yaml", "kubeconfig, line 1, column 1: not a kubeconfig"],
    ["other-version.yaml", "kubeconfig, line 1, column 1: not a kubeconfig"],
    ["clusters-no-list.yaml", 'kubeconfig, line 3, column 3: "clusters" should be a list'],
    ["json.json", "kubeconfig, line 2, column"],
    ["item-no-mapping.yaml", 'kubeconfig, line 3, column 3: "clusters.0" should be a mapping'],
    ["server-number.yaml", 'kubeconfig, line 5, column 13: "clusters.0.cluster.server" should be a string'],
    ["context-boolean.yaml", 'kubeconfig, line 2, column 18: "current-context" should be a string'],
    ["flag-string.yaml", 'kubeconfig, line 5, column 31: "clusters.0.cluster.insecure-skip-tls-verify" should be true'],
    ["data-no-base64.yaml", '"users.0.user.client-key-data" should be base64'],
    ["args-numbers.yaml", '"users.0.user.exec.args.1" should be a string'],
    ["config-numbers.yaml", '"users.0.user.auth-provider.config.port" should be a string'],
    ["same-name.yaml", 'line 5, column 9: "contexts.1.name" is that of another entry, "one"'],
    ["too-deep.yaml", "kubeconfig, line 1, column 1: too many levels of nesting"],
    ["control-character.yaml", "a control character"],
  ])("%s", (name, message) => {
    const text = fixture(`invalid/${name}`);
    for (const edit of [
      () => putContext(text, ENTRY, STAY),
      () => dropContext(text, NAME),
      () => hasContext(text, NAME),
    ])
      expect(refusal(edit)).toMatchObject({ code: "KubeconfigInvalid", message: expect.stringContaining(message) });
  });

  test("every invalid fixture is in the table", () =>
    expect(readdirSync(new URL("invalid", FIXTURES))).toHaveLength(15));

  test.each([
    ["a list", "- a\n", "not a kubeconfig"],
    ["a key twice", "kind: Config\nusers: []\nusers: []\n", "line 3, column 1: map keys must be unique"],
  ])("so is %s, of which kubectl would lose a part", (_, text, message) =>
    expect(refusal(() => putContext(text, ENTRY, STAY))).toMatchObject({
      code: "KubeconfigInvalid",
      message: expect.stringContaining(message),
    }),
  );

  test.each([
    ["a list that others share", `kind: Config\nclusters: &a\n- name: one\nusers: *a\n`],
    ["our entry shared", `clusters:\n- &a\n  name: ${NAME}\n  cluster: {server: x}\ncontexts: [*a]\n`],
    ["two documents", `kind: Config\n---\nkind: Config\n`],
  ])("%s cannot be edited safely", (_, text) =>
    expect(refusal(() => putContext(text, ENTRY, STAY)).code).toBe("KubeconfigUnsupported"),
  );
});

test.each([
  ["the default, without a list", undefined, ["/home/me/.kube/config"]],
  ["the default, with a list of nothing", "::", ["/home/me/.kube/config"]],
  ["those of the list", "/a:/b", ["/a", "/b"]],
  ["those of the list that are named", ":/b:", ["/b"]],
])("kubectl's files are %s", (_, list, paths) => expect(kubeconfigPaths(list, "/home/me")).toEqual(paths));

test.each([
  ["the one that it was made with", (text: string) => text, ENTRY.arn],
  [
    "none with another extension",
    (text: string) => text.replace('name: "eks-lambda"\n', "name: minikube\n"),
    undefined,
  ],
  ["none with nothing in ours", (text: string) => text.replace(/cluster: "arn.*"/, "{}"), undefined],
  ["none without a list", (text: string) => text.replace(/ *extensions:\n(.*\n){3}/, ""), undefined],
])("the cluster's ARN of an entry is %s", (_, change, expected) => {
  const text = change(putContext(undefined, ENTRY, STAY));
  expect(arnOf(text, NAME)).toBe(expected);
  expect(arnOf(text, "eks-lambda/other")).toBeUndefined();
});
