/** The package as its users import it: from ES modules and from CommonJS, in JavaScript and in TypeScript. */
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../support/temporary.ts";

/** A folder where the package is installed, with the sources of test/fixtures/types as ES modules and as CommonJS. */
async function project(): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "node_modules"));
  await symlink(resolve("."), join(folder, "node_modules/eks-lambda"));
  for (const name of ["@types", "kubernetes-types"])
    await symlink(resolve("node_modules", name), join(folder, "node_modules", name));
  for (const type of ["module", "commonjs"]) {
    await cp("test/fixtures/types", join(folder, type), { recursive: true });
    await writeFile(join(folder, type, "package.json"), JSON.stringify({ type }));
  }
  return folder;
}

const modes = {
  node16: { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 },
  nodenext: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  bundler: { module: ts.ModuleKind.Preserve, moduleResolution: ts.ModuleResolutionKind.Bundler },
};

describe("types", () => {
  const withNode = Object.entries(modes).map(([name, mode]) => [name, "with @types/node", mode, ["node"]] as const);
  test.each([...withNode, ["nodenext", "without @types/node", modes.nodenext, []] as const])(
    "compile in %s, from ES modules and CommonJS, %s, strict and with every declaration checked",
    { timeout: 120_000 },
    async (_, _types, mode, types) => {
      const folder = await project();
      // `module` is a name of Node's types.
      const required = types.length > 0 ? ["module/required.cts"] : [];
      const files = ["module/index.ts", "commonjs/index.ts", ...required].map((file) => join(folder, file));
      const program = ts.createProgram(files, {
        ...mode,
        ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true },
        ...{
          target: ts.ScriptTarget.ES2023,
          lib: ["lib.es2023.d.ts"],
          types: [...types],
          typeRoots: [join(folder, "node_modules/@types")],
        },
      });
      const problems = ts
        .getPreEmitDiagnostics(program)
        .map(({ file, messageText }) => [
          file?.fileName.replace(folder, "") ?? "",
          ts.flattenDiagnosticMessageText(messageText, "\n"),
        ]);
      expect(problems).toEqual([]);
    },
  );
});

describe("values", () => {
  const library = "eks-lambda/lambda";
  const required = createRequire(import.meta.url);

  test.each([
    [library, ["connect", "defineFunction", "resource", "resourceWith", "KubernetesError", "rolledOut"]],
    [
      `${library}/methods`,
      ["apply", "create", "delete", "evict", "get", "list", "logs", "patch", "scale", "until", "untilGone", "watch"],
    ],
    ["eks-lambda/testing", ["startSandbox", "FunctionError"]],
  ])("of %s are the same in the ES module and in CommonJS", async (entry, names) => {
    const imported = Object.keys(await import(entry));
    expect(imported).toEqual(expect.arrayContaining(names));
    expect(Object.keys(required(entry)).sort()).toEqual(imported.sort());
  });

  test("work in CommonJS: a handle has every method", () => {
    const { connect, resource } = required(library);
    const methods = Object.keys(required(`${library}/methods`)).filter((name) => name !== "default");
    expect(Object.keys(resource("v1", "pods").on(connect())).sort()).toEqual(methods.sort());
  });
});
