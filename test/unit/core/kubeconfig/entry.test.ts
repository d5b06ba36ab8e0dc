import { readdirSync, readFileSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  choosePath,
  currentContext,
  dropEntry,
  hasEntry,
  type KubeconfigEntry,
  putEntry,
} from "../../../../src/core/kubeconfig/entry.ts";
import { refusal } from "../../support/refusal.ts";

const NAME = "eks-lambda/demo";
const ENTRY: KubeconfigEntry = {
  name: NAME,
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

interface Config {
  [key: string]: unknown;
  clusters?: { name: string }[] | null;
  contexts?: { name: string }[] | null;
  users?: { name: string }[] | null;
}
const read = (text: string): Config => parse(text) ?? {};

describe.each(files)("%s", (name) => {
  const text = fixture(name);
  const after = putEntry(text, ENTRY, STAY);

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
    expect(hasEntry(after, NAME)).toBe(true);
  });

  test("keeps every comment, and the line ends", () => {
    const comments = (one: string) => one.match(/#.*/g) ?? [];
    expect(comments(after)).toEqual(comments(text));
    expect(/[^\r]\n/.test(after)).toBe(text.includes("\r\n") ? false : /\n/.test(after));
  });

  test("is the same string when there is nothing to do", () => {
    expect(putEntry(after, ENTRY, STAY)).toBe(after);
    expect(dropEntry(text, NAME)).toBe(text);
  });

  test("loses the entry again, and nothing else", () => {
    const left = dropEntry(after, NAME);
    expect(hasEntry(left, NAME)).toBe(false);
    const [old, now] = [read(text), read(left ?? "")];
    for (const section of ["clusters", "contexts", "users"] as const)
      expect(now[section] ?? []).toEqual(old[section] ?? []);
    expect(currentContext(left)).toBe(currentContext(text));
  });

  test("is a kubeconfig that a client loads", () => {
    const config = new KubeConfig();
    config.loadFromString(putEntry(text, ENTRY, SWITCH));
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

describe("byte for byte", () => {
  test.each([
    "aws-cli.yaml",
    "crlf.yaml",
    "no-final-newline.yaml",
    "comments-everywhere.yaml",
    "users-first.yaml",
    "flow-lists.yaml",
    "extensions-and-unknown-keys.yaml",
    "document-marker.yaml",
  ])("removing what was added gives back %s", (name) =>
    expect(dropEntry(putEntry(fixture(name), ENTRY, STAY), NAME)).toBe(fixture(name)),
  );

  test("a new file", () => {
    const { env: _env, ...exec } = ENTRY.exec;
    const text = putEntry(undefined, { name: NAME, server: ENTRY.server, ca: "QUJD", exec }, STAY);
    expect(text).toBe(`apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority-data: QUJD
    server: https://demo.example
  name: eks-lambda/demo
contexts:
- context:
    cluster: eks-lambda/demo
    user: eks-lambda/demo
  name: eks-lambda/demo
users:
- name: eks-lambda/demo
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - eks
      - get-token
      - --cluster-name
      - "yes"
      command: aws
      interactiveMode: Never
current-context: eks-lambda/demo
`);
    expect(dropEntry(text, NAME)).toBeUndefined();
  });

  test.each(files)("a change of the server in %s is one line", (name) => {
    const before = putEntry(fixture(name), ENTRY, STAY);
    const after = putEntry(before, { ...ENTRY, server: "https://new.example" }, STAY);
    expect(after).toBe(before.replace("https://demo.example", "https://new.example"));
  });

  test("the context is switched in place, on request", () => {
    const text = fixture("aws-cli.yaml");
    const before = putEntry(text, ENTRY, STAY);
    expect(putEntry(before, ENTRY, SWITCH)).toBe(before.replace(/^current-context: .*$/m, `current-context: ${NAME}`));
    expect(currentContext(dropEntry(putEntry(text, ENTRY, SWITCH), NAME))).toBeUndefined();
  });
});

describe("an entry that is there", () => {
  const text = putEntry(undefined, ENTRY, STAY);

  test("is left alone with what kubectl adds when it writes the file", () => {
    const written = text.replace("interactiveMode: Never", "interactiveMode: Never\n      provideClusterInfo: false");
    expect(putEntry(written, ENTRY, STAY)).toBe(written);
  });

  test("keeps the namespace that somebody chose", () => {
    const chosen = text.replace("namespace: default", "namespace: team");
    const { namespace: _namespace, ...entry } = ENTRY;
    expect(putEntry(chosen, entry, STAY)).toBe(chosen);
    expect(putEntry(chosen, ENTRY, STAY)).toBe(text);
  });

  test("twice becomes one, so that kubectl reads the file", () => {
    const twice = text.replace(
      "contexts:\n",
      `- cluster:\n    server: https://other.example\n  name: ${NAME}\ncontexts:\n`,
    );
    expect(putEntry(twice, ENTRY, STAY)).toBe(text);
  });
});

describe("a text that is no kubeconfig is refused", () => {
  test.each([
    ["syntax.yaml", "KubeconfigInvalid", "kubeconfig, line 4, column 1: missing closing"],
    ["other-kind.yaml", "KubeconfigInvalid", "kubeconfig, line 1, column 1: not a kubeconfig"],
    ["other-version.yaml", "KubeconfigInvalid", "kubeconfig, line 1, column 1: not a kubeconfig"],
    ["list.yaml", "KubeconfigInvalid", "kubeconfig, line 1, column 1: not a kubeconfig"],
    ["clusters-no-list.yaml", "KubeconfigInvalid", 'kubeconfig, line 2, column 1: "clusters" is not a list'],
    ["json.json", "KubeconfigInvalid", "kubeconfig, line 2, column"],
  ])("%s", (name, code, message) => {
    const text = fixture(`invalid/${name}`);
    for (const edit of [() => putEntry(text, ENTRY, STAY), () => dropEntry(text, NAME), () => hasEntry(text, NAME)])
      expect(refusal(edit)).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test.each([
    ["YAML in braces", "{kind: Config}\n"],
    ["anchors that an edit would change", `kind: Config\nclusters: &a\n- name: one\nusers: *a\n`],
  ])("or with %s, that cannot be edited safely", (_, text) =>
    expect(refusal(() => putEntry(text, ENTRY, STAY)).code).toBe("KubeconfigUnsupported"),
  );
});

test.each([
  ["the default, without a list", undefined, [], "/home/me/.kube/config"],
  ["the default, with a list of nothing", "::", [], "/home/me/.kube/config"],
  ["the first", "/a:/b", [], "/a"],
  ["the first that is named", ":/b", [], "/b"],
  ["the one that has the entry", "/a:/b:/c", ["/b", "/c"], "/b"],
])("the file is %s", (_, list, withEntry, path) => expect(choosePath(list, "/home/me", withEntry)).toBe(path));
