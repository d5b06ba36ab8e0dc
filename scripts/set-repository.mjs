/**
 * Writes `repository`, `homepage` and `bugs` into package.json before it is published, from the repository that the
 * workflow runs in. npm refuses provenance without `repository`, and resolves the README's relative links by it.
 */
import { readFileSync, writeFileSync } from "node:fs";

const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
if (!server || !repository)
  throw new Error("GITHUB_SERVER_URL and GITHUB_REPOSITORY are not set: run this in GitHub Actions");

const url = `${server}/${repository}`;
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const published = {
  ...manifest,
  repository: { type: "git", url: `git+${url}.git` },
  homepage: `${url}#readme`,
  bugs: `${url}/issues`,
};
writeFileSync("package.json", `${JSON.stringify(published, null, 2)}\n`);
