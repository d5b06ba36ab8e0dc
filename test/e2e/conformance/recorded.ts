/** The answers of the real backend, and the sandbox's where they differ, as the last run with both of them saw them. */
import { readFile, writeFile } from "node:fs/promises";
import { repositoryFile } from "../../acceptance/support/run.ts";
import type { Answer, Case, Group } from "./case.ts";
import { type Answers, type Counted, equal, pageOf } from "./page.ts";

type Seen = ReadonlyMap<Case, Answers>;

/** By the group's title and the case's name. */
type Recorded = Readonly<Record<string, Readonly<Record<string, readonly [real: Answer, sandbox?: Answer]>>>>;

/** A line for each case. */
function recordOf(groups: readonly Group[], seen: Seen): string {
  const parts = groups.map(({ title, cases }) => {
    const lines = cases.flatMap((one) => {
      const answers = seen.get(one);
      const kept = answers && (equal(answers) ? [answers.real] : [answers.real, answers.sandbox]);
      return kept ? [`${JSON.stringify(one.name)}: ${JSON.stringify(kept)}`] : [];
    });
    return `${JSON.stringify(title)}: {\n${lines.join(",\n")}\n}`;
  });
  return `{\n${parts.join(",\n")}\n}\n`;
}

const files = [
  ["test/e2e/conformance/recorded.json", recordOf],
  ["docs/conformance.md", pageOf],
] as const;

/** The text of each file that shows the answers: what it is, and what it should be. */
export const filesOf = (groups: readonly Group[], seen: Seen) =>
  Promise.all(
    files.map(async ([path, write]) => {
      const file = repositoryFile(path);
      return { path, is: await readFile(file, "utf8").catch(() => ""), should: write(groups, seen) };
    }),
  );

export const writeFiles = (groups: readonly Group[], seen: Seen, counted?: Counted) =>
  Promise.all(files.map(([path, write]) => writeFile(repositoryFile(path), write(groups, seen, counted))));

/** The recorded answers. A case that was never asked has none. */
export async function recorded(groups: readonly Group[]): Promise<Seen> {
  const all: Recorded = JSON.parse(await readFile(repositoryFile(files[0][0]), "utf8"));
  const found = groups.flatMap(({ title, cases }) =>
    cases.flatMap((one) => {
      const [real, sandbox = real] = all[title]?.[one.name] ?? [];
      return real && sandbox ? [[one, { real, sandbox }] as const] : [];
    }),
  );
  return new Map(found);
}
