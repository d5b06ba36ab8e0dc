/** A user's project with the functions of `test/fixtures/functions`, and this package as installed. */
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryFile } from "../acceptance/support/run.ts";

const packages = [
  "@aws-lambda-powertools",
  "@aws-sdk",
  "@middy",
  "@types",
  "esbuild",
  "kubernetes-types",
  "valibot",
  "zod",
];

const tsconfig = {
  compilerOptions: {
    ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, skipLibCheck: true },
    ...{ module: "nodenext", target: "es2023", resolveJsonModule: true, noEmit: true },
  },
  include: ["."],
};

export async function makeProject(folder: string, otherCluster: object): Promise<void> {
  await mkdir(join(folder, "node_modules"), { recursive: true });
  for (const name of packages)
    await symlink(repositoryFile(`node_modules/${name}`), join(folder, "node_modules", name));
  await symlink(repositoryFile(""), join(folder, "node_modules/eks-lambda"));
  await cp(repositoryFile("test/fixtures/functions"), folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  await writeFile(join(folder, "other-cluster.json"), JSON.stringify(otherCluster));
}
