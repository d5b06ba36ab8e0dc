/** Collects the licences of bundled packages for THIRD_PARTY_LICENSES. */
import { readdirSync, readFileSync } from "node:fs";

const licence = /^(un)?licen[cs]e(\.\w+)?$/i;
const notice = /^notice(\.\w+)?$/i;

/**
 * Returns name, version, licence and notice of each package among the inputs. A package without a licence text gets
 * that of another package from the same repository. Throws if there is none. Packages with the same texts share them.
 */
export function licences(inputs) {
  const folders = new Set(
    inputs.map((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]).filter(Boolean),
  );
  const packages = [...folders].sort().map(readPackage);
  const titles = new Map();
  for (const { name, version, license, text, ...one } of packages) {
    const licenceText = text ?? packages.find((other) => isSibling(one, license, other))?.text;
    if (!licenceText)
      throw new Error(`${name} ${version} (${license}) has no licence text: add it by hand, or do without it`);
    const texts = [licenceText, ...one.notices].join("\n\n");
    titles.set(texts, [...(titles.get(texts) ?? []), `${name} ${version} (${license})`]);
  }
  return [...titles].map(([texts, names]) => `${names.join("\n")}\n\n${texts}\n`).join(`\n${"-".repeat(80)}\n\n`);
}

const isSibling = ({ repository }, license, other) =>
  repository !== undefined && other.repository === repository && other.license === license && other.text !== undefined;

function readPackage(folder) {
  const { name, version, license, repository } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const texts = (pattern) =>
    readdirSync(folder)
      .filter((file) => pattern.test(file))
      .map((file) => readFileSync(`${folder}/${file}`, "utf8").trim());
  const [text] = texts(licence);
  return { name, version, license, repository: repository?.url ?? repository, text, notices: texts(notice) };
}
