/** Puts the built package beside aws-cdk-lib, as `npm install eks-lambda` does. */
import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import build from "../build.ts";

const root = new URL("../../", import.meta.url);

export default function installPackage(): void {
  build();
  const to = new URL("node_modules/eks-lambda/", import.meta.url);
  rmSync(to, { recursive: true, force: true });
  for (const path of ["package.json", "dist/cdk", "dist/actions"])
    cpSync(fileURLToPath(new URL(path, root)), fileURLToPath(new URL(path, to)), { recursive: true });
}
