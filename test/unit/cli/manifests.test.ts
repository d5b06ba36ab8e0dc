/** Manifests from files and folders, as `kubectl apply -f` reads them. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readManifests } from "../../../src/cli/manifests.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const named = (name: string, kind = "ConfigMap") => ({ apiVersion: "v1", kind, metadata: { name } });
const yaml = (name: string, more = "") => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`;

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

describe("what is read", () => {
  test("all documents of a file, without the empty ones, and a List in its parts", async () => {
    const list = `apiVersion: v1\nkind: List\nitems: ${JSON.stringify([named("c"), named("d")])}\n`;
    const folder = await folderWith({ "all.yaml": `# first\n---\n${yaml("a")}---\n---\n${yaml("b")}---\n${list}` });
    expect(await readManifests([join(folder, "all.yaml")])).toEqual(["a", "b", "c", "d"].map((name) => named(name)));
  });

  test("YAML and JSON of a folder by name, and no folder in it", async () => {
    const folder = await folderWith({ "b.yml": yaml("b"), "a.json": JSON.stringify(named("a")), "c.txt": "no" });
    await mkdir(join(folder, "d.yaml"));
    await expect(readManifests([folder])).rejects.toMatchObject({ code: "InvalidEvent" });
    const other = await folderWith({ "b.yml": yaml("b"), "a.json": JSON.stringify(named("a")), "c.txt": "no" });
    expect(await readManifests([other])).toEqual([named("a"), named("b")]);
  });

  test("values as kubectl reads them: octal numbers, booleans, times, and tabs in a text", async () => {
    const data = "data: {mode: 0644, on: yes, time: 22:22, day: 2026-01-01}\ntext: |\n  all:\n  \techo\n";
    const folder = await folderWith({ "a.yaml": `${yaml("a")}---\n${yaml("b", data)}` });
    const [, b] = await readManifests([join(folder, "a.yaml")]);
    expect(b).toMatchObject({
      data: { mode: 420, true: true, time: "22:22", day: "2026-01-01" },
      text: "all:\n\techo\n",
    });
  });
});

describe("what is refused", () => {
  test.each([
    ["a document without a kind", `${yaml("a")}---\napiVersion: v1\n`, /a\.yaml, document 2 has no `kind`/],
    ["one without a name", "apiVersion: v1\nkind: Secret\ndata: {a: secret}\n", /has no `metadata\.name`$/],
    ["text", "just text\n", /document 1 has no `apiVersion`/],
    ["invalid YAML", "a: [\n", /a\.yaml, line \d+, column \d+: /],
    ["a circle", "apiVersion: v1\nkind: &a [*a]\n", /a\.yaml, line/],
    ["nothing", "# nothing\n", /^there is no manifest in /],
    ["kustomize's file", "kind: Kustomization\n", /is for kustomize/],
  ])("%s", async (_, text, message) => {
    const folder = await folderWith({ "a.yaml": text });
    const refused = readManifests([join(folder, "a.yaml")]);
    await expect(refused).rejects.toMatchObject({ code: "InvalidEvent", name: "UsageError" });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.not.toThrow(/secret/);
  });

  test.each([
    ["missing.yaml", /cannot be read: ENOENT/],
    ["https://example.com/a.yaml", /is not a file/],
  ])("%s", async (path, message) => expect(readManifests([path])).rejects.toThrow(message));
});
