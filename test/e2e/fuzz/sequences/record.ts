/** What the sequences counted when their record was last written, and the part of the page that shows it. */
import { type Aspect, aspects } from "./compare.ts";
import recorded from "./recorded.json" with { type: "json" };
import type { Outcome } from "./run.ts";
import { sequenced } from "./sequence.ts";

/** Sequences, the steps that were compared, then the sequences that differ first in each aspect. */
type Counts = readonly number[];
export interface Recorded {
  readonly seed: number;
  readonly sequences: number;
  readonly kinds: Readonly<Record<string, Counts>>;
}

export const record: Recorded = recorded;

/** After a difference both sides have other objects: later steps are not compared. */
const stepsOf = ({ sequence, difference }: Outcome): number =>
  Math.min(sequence.steps.length, (difference?.at ?? Number.POSITIVE_INFINITY) + 1);

export function countsOf(all: readonly Outcome[]): Recorded["kinds"] {
  const ofKind = (kind: string): Counts => {
    const own = all.filter(({ sequence }) => sequence.kind.kind === kind);
    const differing = aspects.map((aspect) => own.filter(({ difference }) => difference?.aspect === aspect).length);
    return [own.length, own.reduce((sum, one) => sum + stepsOf(one), 0), ...differing];
  };
  return Object.fromEntries(sequenced.map(({ kind }) => [kind, ofKind(kind)]));
}

/** A line for each kind. */
export function textOf({ seed, sequences, kinds }: Recorded): string {
  const rows = Object.entries(kinds).map(([kind, counts]) => `    ${JSON.stringify(kind)}: ${JSON.stringify(counts)}`);
  return `{\n  "seed": ${seed},\n  "sequences": ${sequences},\n  "kinds": {\n${rows.join(",\n")}\n  }\n}\n`;
}

/** The kinds of which more sequences differ in an aspect than the record says. */
export const worse = (now: Recorded["kinds"], then: Recorded["kinds"]): readonly string[] =>
  Object.entries(now).flatMap(([kind, counts]) =>
    aspects.flatMap((aspect, index) => {
      const [is, was] = [counts[index + 2] ?? 0, then[kind]?.[index + 2] ?? 0];
      return is > was ? [`${kind}: ${is} sequences differ in ${aspect}, not ${was}`] : [];
    }),
  );

const titles: Readonly<Record<Aspect, string>> = {
  status: "status and reason",
  causes: "fields of causes",
  object: "objects",
  managers: "managed fields",
  events: "events of watches",
};

export function sequencesPage({ sequences, kinds }: Recorded): string {
  const sums = Object.values(kinds).reduce<Counts>((sum, one) => one.map((count, at) => count + (sum[at] ?? 0)), []);
  const [, steps = 0, ...differing] = sums;
  const told = aspects.map((aspect, index) => {
    const share = ((100 * (differing[index] ?? 0)) / steps).toFixed(2);
    return `${titles[aspect]} ${differing[index]} (${share} %)`;
  });
  const rows = Object.entries(kinds).map(
    ([kind, counts]) =>
      `| ${[kind, ...counts.map((count, at) => (at > 1 && count === 0 ? "·" : count))].join(" | ")} |`,
  );
  return `## Random sequences

${sequences.toLocaleString("en")} sequences of 8 to 16 requests about one or two objects: creates, applies of more and of less by two managers, updates of what
was read and of what is stale, patches of every type, status, scale, finalizers, deletes with every option, lists, pages,
tables. They are sent to a kube-apiserver without controllers and to the sandbox, in a namespace for each sequence
(\`test/e2e/sequences.test.ts\`). After each step the answer, what is stored and its managed fields are compared, with the
order of versions; at the end, the events of two watches, one of them by a selector. A sequence ends at its first
difference. Of ${steps.toLocaleString("en")} steps differ: ${told.join(", ")}.

The reason of what still differs: time stands still in the sandbox, and passes in the API server. An apply that changes
nothing, in a later second than the one before it, can write the time of its manager again, which is a version.

| kind | sequences | steps | ${aspects.map((aspect) => titles[aspect]).join(" | ")} |
|---|---|---|${aspects.map(() => "---").join("|")}|
${rows.join("\n")}
`;
}
