/**
 * What holds for every text, on generated ones: all styles, comments, line ends and quirks at once.
 * EKS_LAMBDA_FUZZ_RUNS sets four times the number of texts for each property.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { EksLambdaError } from "../../../../../src/core/errors.ts";
import { dropRole, entryOf, putRole, readRoles } from "../../../../../src/core/mapping/aws-auth/text.ts";
import { hostileText } from "../../../../support/hostile-text.ts";
import { damaged } from "../../../support/damaged.ts";

const OURS = "arn:aws:iam::000000000000:role/eks-lambda-demo";
const MAPPING = { rolearn: OURS, username: "lambda" };
const CASES = [OURS, OURS.toUpperCase(), OURS.replace("role", "Role")];

// ---- a text as a value: what is said, and how it is written -------------------------------------------------------

type Quotes = "" | "'" | '"';
interface Pair {
  readonly key: string;
  /** Lines of the value for block style; the first stands behind the colon. */
  readonly block: readonly string[];
  readonly flow: string;
}
interface Entry {
  readonly pairs: readonly Pair[];
  readonly flow: boolean;
  /** Comment lines before it, by their indentation; blank lines are -1. */
  readonly before: readonly number[];
  readonly inside: readonly boolean[];
  readonly trailing: readonly boolean[];
}

const quote = (value: string, quotes: Quotes): string => `${quotes}${value}${quotes}`;
const quotes = fc.constantFrom<Quotes>("", "'", '"');
const scalarPair = (key: string, values: readonly string[]): fc.Arbitrary<Pair> =>
  fc
    .record({ value: fc.constantFrom(...values), style: quotes, flowStyle: fc.constantFrom<Quotes>("'", '"') })
    .map(({ value, style, flowStyle }) => ({ key, block: [quote(value, style)], flow: quote(value, flowStyle) }));

const groups: fc.Arbitrary<Pair> = fc
  .tuple(
    fc.subarray(["system:masters", "system:nodes", '"a b"', "dev"]),
    fc.constantFrom<"indented" | "flush" | "flow" | "commented">("indented", "flush", "flow", "commented"),
  )
  .map(([items, style]) => {
    const flow = `[${items.map((item) => (item.startsWith('"') ? item : `"${item}"`)).join(", ")}]`;
    if (items.length === 0 || style === "flow") return { key: "groups", block: [flow], flow };
    const indent = style === "flush" ? "" : "  ";
    const block = [style === "commented" ? "# of groups" : "", ...items.map((item) => `${indent}- ${item}`)];
    return { key: "groups", block, flow };
  });

const unknown: fc.Arbitrary<Pair> = fc
  .tuple(
    fc.constantFrom("note", "userid", "x-owner"),
    fc.constantFrom<readonly string[]>(
      ["plain words here"],
      ["|", "  two", "  lines # no comment"],
      ["|-", "  - rolearn: not an entry", "  stripped"],
      ["|+", "  kept", ""],
      [">", "  folded", "  text"],
      ["", "  deeper: 1", "  still: [a, b]"],
      ["12"],
      ["yes"],
      ["several words", "  on two lines"],
      ['"in quotes \\" and # more"'],
      ["'it''s'"],
      [""],
    ),
  )
  .map(([key, block]) => ({ key, block, flow: '"a, ] } # b"' }));

const sso: Pair = {
  key: "sso",
  block: ["", "  permissionSetName: admin", '  accountID: "000000000000"'],
  flow: '{permissionSetName: "admin", accountID: "000000000000"}',
};

const entry = (arns: readonly string[]): fc.Arbitrary<Entry> =>
  fc
    .record({
      arn: scalarPair("rolearn", arns),
      isSso: fc.constantFrom(false, false, false, !arns.includes(OURS)),
      username: fc.option(scalarPair("username", ["lambda", "admin", "system:node:{{EC2PrivateDNSName}}"])),
      groups: fc.option(groups),
      unknown: fc.option(unknown),
      order: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
      flow: fc.constantFrom(false, false, false, true),
      before: fc.array(fc.integer({ min: -1, max: 6 }), { maxLength: 2 }),
      inside: fc.array(fc.constantFrom(false, false, true), { minLength: 4, maxLength: 4 }),
      trailing: fc.array(fc.constantFrom(false, false, true), { minLength: 4, maxLength: 4 }),
    })
    .map(({ arn, isSso, username, groups, unknown, order, ...style }) => {
      const pairs = [isSso ? sso : arn, username, groups, unknown].filter((pair) => pair !== null);
      return {
        ...style,
        pairs: pairs
          .map((pair, i) => ({ pair, at: order[i] ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ pair }) => pair),
      };
    });

interface Layout {
  readonly style: "block" | "flow" | "json";
  readonly indent: number;
  readonly gap: number;
  readonly newline: "\n" | "\r\n";
  readonly head: string;
  readonly tail: readonly number[];
  readonly ending: "" | "\n" | "\n\n\n" | "\n...\n" | "\n...";
  readonly flowGap: "" | " " | "\n  ";
  readonly trailingComma: boolean;
  readonly jsonIndent: 0 | 2 | 4;
}

const layout: fc.Arbitrary<Layout> = fc.record({
  style: fc.constantFrom<Layout["style"]>("block", "block", "block", "flow", "json"),
  indent: fc.constantFrom(0, 0, 2, 3, 7),
  gap: fc.constantFrom(1, 1, 1, 3),
  newline: fc.constantFrom("\n", "\n", "\r\n"),
  head: fc.constantFrom("", "", "# head\n", "---\n", "%YAML 1.1\n---\n", "# a\n\n--- # b\n", "\n"),
  tail: fc.array(fc.integer({ min: -1, max: 6 }), { maxLength: 2 }),
  ending: fc.constantFrom("", "\n", "\n", "\n\n\n", "\n...\n", "\n..."),
  flowGap: fc.constantFrom("", " ", "\n  "),
  trailingComma: fc.boolean(),
  jsonIndent: fc.constantFrom(0, 2, 4),
});

const comments = (indents: readonly number[]): string[] =>
  indents.map((indent) => (indent < 0 ? "" : `${" ".repeat(indent)}# note, with: [things] {{in}} "it"`));

function blockLines({ pairs, flow, before, inside, trailing }: Entry, { indent, gap }: Layout): string[] {
  const column = " ".repeat(indent);
  const start = `${column}-${" ".repeat(gap)}`;
  if (flow) return [...comments(before), `${start}${flowText(pairs)}${trailing[0] ? " # behind" : ""}`];
  const lines = pairs.flatMap(({ key, block }, i) => {
    const [first = "", ...rest] = block;
    const comment = trailing[i] && rest.length === 0 && !first.startsWith("|") ? " # behind" : "";
    const own = [`${key}:${first && ` ${first}`}${comment}`, ...rest];
    return inside[i] && i > 0 ? ["# inside", ...own] : own;
  });
  const deeper = " ".repeat(start.length);
  return [...comments(before), ...lines.map((line, i) => (line === "" ? "" : (i === 0 ? start : deeper) + line))];
}

const flowText = (pairs: readonly Pair[]): string => `{${pairs.map(({ key, flow }) => `${key}: ${flow}`).join(", ")}}`;

function render([entries, look]: readonly [readonly Entry[], Layout]): string {
  const { style, newline, head, tail, flowGap, trailingComma, jsonIndent } = look;
  // What has not begun cannot end: Go refuses a lone `...`.
  const ending = entries.length > 0 || head.includes("---") ? look.ending : look.ending.replace("...", "");
  const asFlow = entries.map(({ pairs }) => flowText(pairs));
  let text: string;
  if (style === "json")
    text = JSON.stringify(parse(`[${asFlow.join(",")}]`), null, jsonIndent) + ending.replace(/\.+\n?/, "");
  else if (style === "flow")
    text = `${head}[${flowGap}${asFlow.join(`,${flowGap}`)}${trailingComma && asFlow.length > 0 ? "," : ""}${flowGap.trim()}]${ending}`;
  else text = head + [...entries.flatMap((one) => blockLines(one, look)), ...comments(tail)].join("\n") + ending;
  return text.replaceAll("\n", newline);
}

const OTHERS = ["arn:aws:iam::000000000000:role/nodes", "arn:aws:iam::000000000000:role/admin", "*", `${OURS}-2`];
const entries = (arns: readonly string[], minLength: number): fc.Arbitrary<Entry[]> =>
  fc.array(entry(arns.filter((arn) => arn !== "*")), { minLength, maxLength: 3 });

/** Texts without the role, and with it: in any letter case, once or more. */
const without = fc.tuple(entries(OTHERS, 0), layout).map(render);
const withRole = fc
  .tuple(entries(OTHERS, 0), entries(CASES, 1), entries([...OTHERS, ...CASES], 0), layout)
  .map(([a, [ours], b, look]) => render([[...a, ...(ours ? [ours] : []), ...b], look]));

// ---- what is compared ----------------------------------------------------------------------------------------------

const read = (text: string): Record<string, unknown>[] =>
  parse(text, { version: "1.1", merge: true, uniqueKeys: false, logLevel: "silent" }) ?? [];
const isOurs = (one: Record<string, unknown>): boolean => String(one.rolearn).toLowerCase() === OURS.toLowerCase();
const words = (text: string): string[] => text.split(/\r?\n/).filter((line) => /^\s*#/.test(line));

/** Refusals are fine for texts that are odd enough, anything else thrown is not. */
function attempt<T>(edit: () => T): T | undefined {
  try {
    return edit();
  } catch (error) {
    if (error instanceof EksLambdaError && /^AwsAuth(Invalid|Unsupported)$/.test(error.code)) return undefined;
    throw error;
  }
}

/** A case here takes as long as four of test/unit/fuzz. */
const numRuns = Math.ceil(Number(process.env.EKS_LAMBDA_FUZZ_RUNS ?? 800) / 4);
const timeout = 30_000 + numRuns * 30;

const holds = (property: fc.IRawProperty<unknown>): void => {
  fc.assert(property, { numRuns });
};

// ---- the properties ------------------------------------------------------------------------------------------------

test(
  "removing what was added gives the original bytes, and adding twice changes nothing",
  () =>
    holds(
      fc.property(without, (text) => {
        const after = putRole(text, MAPPING);
        expect(dropRole(after, OURS)).toBe(text);
        expect(putRole(after, MAPPING)).toBe(after);
        expect(entryOf(after, OURS)).toMatchObject({ ...MAPPING, groups: [] });
        const [old, now] = [read(text), read(after)];
        expect(now.filter((one) => !isOurs(one))).toEqual(old);
        expect(now).toHaveLength(old.length + 1);
      }),
    ),
  timeout,
);

test(
  "an entry that is there is changed in place, and nothing else is",
  () =>
    holds(
      fc.property(withRole, (text) => {
        const after = putRole(text, MAPPING);
        const [old, now] = [read(text), read(after)];
        const at = old.findLastIndex(isOurs);
        const { rolearn: _arn, username: _username, groups: _groups, ...unknownKeys } = old[at] ?? {};
        const hadGroups = readRoles(text)[at]?.groups.length !== 0;
        const { groups: left, ...ours } = now[at] ?? {};
        expect(ours).toEqual({ ...MAPPING, ...unknownKeys });
        if (hadGroups) expect(left).toBeUndefined();
        expect(now.toSpliced(at, 1)).toEqual(old.toSpliced(at, 1));
        // Comments on lines of their own stay, but for those that a block scalar would swallow.
        if (!/[|>]/.test(text)) expect(words(after)).toEqual(words(text));
        expect(after.includes("\r\n")).toBe(text.includes("\r\n"));
        expect(putRole(after, MAPPING)).toBe(after);
      }),
    ),
  timeout,
);

test(
  "dropping removes every entry of the role, and nothing else",
  () =>
    holds(
      fc.property(withRole, (text) => {
        const after = dropRole(text, OURS);
        expect(read(after ?? "")).toEqual(read(text).filter((one) => !isOurs(one)));
        expect(dropRole(after, OURS)).toBe(after);
      }),
    ),
  timeout,
);

test(
  "a block list reads the same behind a document marker",
  () =>
    holds(
      fc.property(fc.tuple(entries([...OTHERS, ...CASES], 1), layout), ([list, look]) => {
        const text = render([list, { ...look, style: "block", head: "", ending: "\n" }]);
        expect(readRoles(text)).toEqual(readRoles(`---\n${text}`));
      }),
    ),
  timeout,
);

test(
  "of a damaged text comes a refusal, or a text that reads as the old one with the one change",
  () =>
    holds(
      fc.property(damaged(fc.oneof(without, withRole), { minEdits: 1 }), (text) => {
        const before = attempt(() => readRoles(text));
        const after = attempt(() => putRole(text, MAPPING));
        if (before === undefined) expect(after).toBeUndefined();
        if (before === undefined || after === undefined) return;
        const at = before.findLastIndex(({ rolearn }) => rolearn?.toLowerCase() === OURS.toLowerCase());
        const now = readRoles(after);
        const index = now.findLastIndex(({ rolearn }) => rolearn === OURS);
        expect(now[index]).toMatchObject({ ...MAPPING, groups: [] });
        const plain = (list: typeof now) =>
          list.map(({ rolearn, username, groups }) => ({ rolearn, username, groups }));
        expect(plain(now.toSpliced(index, 1))).toEqual(plain(at === -1 ? [...before] : before.toSpliced(at, 1)));
        if (at === -1) expect(dropRole(after, OURS)).toBe(text);
      }),
    ),
  timeout,
);

test("whatever is in a mapping, the text has exactly its values", () => {
  const others = "- rolearn: arn:aws:iam::000000000000:role/nodes\n  username: node # theirs\n";
  const username = hostileText.filter((text) => text.trim() !== "");
  const mapping = fc.record({ rolearn: fc.constant(OURS), username });
  fc.assert(
    fc.property(fc.constantFrom("", others, `[${JSON.stringify(parse(others)[0])}]`), mapping, (text, ours) => {
      const after = putRole(text, ours);
      for (const version of ["1.1", "1.2"] as const)
        expect(parse(after, { version })).toEqual([...(parse(text) ?? []), ours]);
    }),
  );
});
