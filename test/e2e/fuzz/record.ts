/** What the fuzz counted when its record was last written, and the page that shows it. */
import { fuzzed } from "./manifests.ts";
import { mutations } from "./mutations.ts";
import recorded from "./recorded.json" with { type: "json" };
import type { Compared, Outcome } from "./run.ts";

export const outcomes: readonly Outcome[] = [
  "refused here",
  "accepted here",
  "other refusal",
  "other object",
  "other managers",
];

/** The number of cases, then of each outcome. */
type Counts = readonly number[];
export interface Recorded {
  readonly seed: number;
  readonly cases: number;
  readonly classes: Readonly<Record<string, number>>;
  /** By kind, then by mutation. */
  readonly cells: Readonly<Record<string, Readonly<Record<string, Counts>>>>;
}

export const record: Recorded = recorded;

const kinds = fuzzed.map(({ kind }) => kind);
const names = Object.keys(mutations);

export function cellsOf(all: readonly Compared[]): Recorded["cells"] {
  const countsOf = (some: readonly Compared[]): Counts => [
    some.length,
    ...outcomes.map((outcome) => some.filter((one) => one.outcome === outcome).length),
  ];
  return Object.fromEntries(
    kinds.map((kind) => {
      const own = all.filter(({ sent }) => sent.kind.kind === kind);
      const row = names.map((name) => [name, countsOf(own.filter(({ sent }) => sent.mutation === name))] as const);
      return [kind, Object.fromEntries(row)];
    }),
  );
}

/** A line for each kind. */
export function textOf({ seed, cases, classes, cells }: Recorded): string {
  const rows = Object.entries(cells).map(([kind, counts]) => `    ${JSON.stringify(kind)}: ${JSON.stringify(counts)}`);
  return `{
  "seed": ${seed},
  "cases": ${cases},
  "classes": ${JSON.stringify(classes)},
  "cells": {\n${rows.join(",\n")}\n  }
}
`;
}

/** The cells in which there is more of an outcome than the record says. */
export const worse = (now: Recorded["cells"], then: Recorded["cells"]): readonly string[] =>
  Object.entries(now).flatMap(([kind, row]) =>
    Object.entries(row).flatMap(([mutation, counts]) =>
      outcomes.flatMap((outcome, index) => {
        const [is, was] = [counts[index + 1] ?? 0, then[kind]?.[mutation]?.[index + 1] ?? 0];
        return is > was ? [`${kind}, ${mutation}: ${is} ${outcome}, not ${was}`] : [];
      }),
    ),
  );

const sum = (all: readonly Counts[]): Counts =>
  [0, ...outcomes].map((_, at) => all.reduce((total, one) => total + (one[at] ?? 0), 0));
const cell = ([, refused, accepted, , object]: Counts): string => {
  const text = `${refused}/${accepted}/${object}`;
  return text === "0/0/0" ? "·" : text;
};

export function fuzzPage({ cases, classes, cells }: Recorded, reasons: ReadonlyMap<string, string>): string {
  const total = sum(Object.values(cells).flatMap((row) => Object.values(row)));
  const tell = outcomes.map((outcome, index) => `${outcome} ${total[index + 1]}`).join(", ");
  const rows = kinds.map((kind) => {
    const row = names.map((name) => cells[kind]?.[name] ?? []);
    return `| ${[kind, sum(row)[0], ...row.map(cell)].join(" | ")} |`;
  });
  const named = Object.entries(classes).map(([name, count]) => `| ${name} | ${count} | ${reasons.get(name) ?? ""} |`);
  return `## Random requests

${cases.toLocaleString("en")} creates, updates, patches and applies of valid and of mutated manifests of every kind, sent as dry runs to a
kube-apiserver without controllers and to the sandbox (\`test/e2e/fuzz.test.ts\`). Of all: ${tell}. Each cell shows how many
were refused by the sandbox alone / accepted by the sandbox alone / stored otherwise; \`·\` is none.

| kind | cases | ${names.join(" | ")} |
|---|---|${names.map(() => "---").join("|")}|
${rows.join("\n")}

| difference | cases | reason |
|---|---|---|
${named.join("\n")}
`;
}
