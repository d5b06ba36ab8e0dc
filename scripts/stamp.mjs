/** Records what `dist` was built from, so that tests build it again only after a change. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** `npm ci` and `npm install` write the last one. It stands for the packages. */
const read = [
  "src",
  "scripts",
  "docs/troubleshooting.md",
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "node_modules/.package-lock.json",
];
const written = ["dist", "THIRD_PARTY_LICENSES"];
/** Not in `dist`, which is published. */
const stamp = "node_modules/.cache/eks-lambda/build.json";

const filesIn = (root, path) =>
  statSync(join(root, path)).isDirectory()
    ? readdirSync(join(root, path)).flatMap((name) => filesIn(root, `${path}/${name}`))
    : [path];

/** A hash of names and contents. */
function hashOf(root, paths) {
  const hash = createHash("sha256");
  for (const path of paths.flatMap((path) => filesIn(root, path)).sort()) {
    const content = readFileSync(join(root, path));
    hash.update(`${path}\n${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

/** What the build in the folder `root` reads. Take it before the build: a file may change meanwhile. */
export const inputsOf = (root) => hashOf(root, read);

/** Call it after the build. */
export function remember(root, inputs) {
  mkdirSync(dirname(join(root, stamp)), { recursive: true });
  writeFileSync(join(root, stamp), JSON.stringify({ inputs, outputs: hashOf(root, written) }));
}

/** Whether a build would write what is there. */
export function isUpToDate(root) {
  try {
    const { inputs, outputs } = JSON.parse(readFileSync(join(root, stamp), "utf8"));
    return inputs === inputsOf(root) && outputs === hashOf(root, written);
  } catch {
    return false; // Something is not there: nothing was built yet.
  }
}
