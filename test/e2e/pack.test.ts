/** The package as npm packs it: it works in an empty folder, and has only the files that it needs. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test as base, expect } from "vitest";
import { repositoryFile, run } from "../acceptance/support/run.ts";

const test = base
  .extend("install", { scope: "file" }, () => install)
  .extend("installed", { scope: "file" }, async ({ install }, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), "eks-lambda-pack-"));
    onCleanup(() => rm(folder, { recursive: true, force: true }));
    return install(folder);
  });

async function install(folder: string) {
  const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: folder, npm_config_update_notifier: "false" };
  const npm = async (command: string) => {
    const { exit, stdout, stderr } = await run("npm", command, { ...env, npm_config_cache: join(folder, "cache") });
    expect(exit, stderr).toBe(0);
    return stdout;
  };
  const root = repositoryFile("");
  const [packed] = JSON.parse(await npm(`pack ${root} --ignore-scripts --json --pack-destination ${folder}`));
  await npm(`install ${join(folder, packed.filename)} --prefix ${folder} --offline --no-audit --no-fund`);
  const npx = (command: string) => run("npm", `exec --prefix ${folder} --offline --no -- ${command}`, env);
  return {
    files: (packed.files as readonly { path: string }[]).map(({ path }) => path),
    version: packed.version,
    size: packed.size,
    npx,
  };
}

test("it has only the files that it needs", ({ installed: { files } }) => {
  const needed =
    /^(LICENSE|README\.md|THIRD_PARTY_LICENSES|package\.json|plan\.schema\.json|template\.yml|docs\/permissions\.md|dist\/troubleshooting\.html|bin\/eks-lambda\.cjs|dist\/cli\/main\.cjs|dist\/cli\/[\w-]+\.mjs|dist\/(actions|function)\/index\.js|dist\/(esm|cjs)\/(core|lambda|testing)\/([\w-]+\/)*[\w-]+(\.d\.ts|\.js)|dist\/cjs\/package\.json|dist\/cdk\/index\.(cjs|d\.cts))$/;
  expect(files.filter((path) => !needed.test(path))).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining([
      "bin/eks-lambda.cjs",
      "dist/cli/main.cjs",
      "dist/function/index.js",
      "template.yml",
      "dist/troubleshooting.html",
    ]),
  );
});

/** What decodes by the types of the API server, with protobuf, is 25 kB of it; its rules, `--env` and `--policy` are 25 more; CEL is 38, the page about errors 38, the smoke test 15. */
test("it is at most 1,015 kB", ({ installed: { size } }) => {
  expect(size).toBeLessThanOrEqual(1_015_000);
});

test("npx eks-lambda --version", async ({ installed: { npx, version } }) => {
  expect(await npx("eks-lambda --version")).toEqual({ exit: 0, stdout: `${version}\n`, stderr: "" });
});

test("npx eks-lambda sandbox -- npx eks-lambda setup --yes", async ({ installed: { npx } }) => {
  const { exit, stderr } = await npx("eks-lambda sandbox -- eks-lambda setup --yes");
  expect({ exit, stderr }).toEqual({
    exit: 0,
    stderr: expect.stringMatching(/next +eks-lambda invoke\nundo +eks-lambda teardown\n$/),
  });
});
