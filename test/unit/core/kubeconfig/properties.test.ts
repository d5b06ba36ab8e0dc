/** What holds for every kubeconfig, on damaged ones too: a refusal, or a text that has the entry and all that was there. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import {
  dropContext,
  hasContext,
  type KubeconfigContext,
  putContext,
} from "../../../../src/core/kubeconfig/context.ts";
import { damaged } from "../../support/damaged.ts";

const FIXTURES = new URL("../../../fixtures/kubeconfig/", import.meta.url);
const texts = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((file) => file.isFile())
  .map(({ name }) => readFileSync(new URL(name, FIXTURES), "utf8"));

const scalars = [
  "on",
  "1_000",
  "1:30",
  "~",
  "''",
  '"\\x41"',
  "!!str 5",
  "&a x",
  "*a",
  "|\n  two\n",
  "[a, {b: c}]",
  "{}",
];
const damagedText = damaged(fc.constantFrom(...texts), {
  inserts: [
    ...scalars,
    ...scalars.map(
      (scalar) => `
note: ${scalar}
`,
    ),
  ],
});

/** Texts that another version of YAML reads as something else. */
const value = fc.constantFrom(
  "demo",
  "on",
  "1_000",
  "1:30",
  "null",
  "",
  "é\u2028",
  'a "b"',
  "a: b #c",
  "line\nline",
  "\u0085",
);
const entry: fc.Arbitrary<KubeconfigContext> = fc.record({
  name: fc.constant("eks-lambda/demo"),
  arn: fc.constant("arn:aws:eks:us-east-1:123456789012:cluster/demo"),
  server: value,
  ca: fc.constant("QUJD"),
  exec: fc.record({ command: value, args: fc.array(value, { maxLength: 2 }) }),
});

interface Config {
  [key: string]: unknown;
}
const read = (text: string): Config => parse(text, { version: "1.1", merge: true, logLevel: "silent" }) ?? {};

const withKind = (config: Config): Config => ({ apiVersion: "v1", kind: "Config", ...config });

const othersOf = (text: string, name: string): unknown => {
  const { "current-context": _current, ...config } = withKind(read(text));
  const lists = ["clusters", "contexts", "users"].map((section) => [
    section,
    (config[section] as Config[] | null)?.filter((item) => item?.name !== name) ?? [],
  ]);
  return { ...config, ...Object.fromEntries(lists) };
};

/** A case here takes as long as four of test/unit/fuzz. */
const numRuns = Math.ceil(Number(process.env.EKS_LAMBDA_FUZZ_RUNS ?? 800) / 4);
const timeout = 30_000 + numRuns * 30;

test(
  "of a damaged text comes a refusal, or the entry beside all that was there",
  () => {
    let edited = 0;
    fc.assert(
      fc.property(damagedText, entry, (text, ours) => {
        let after: string;
        try {
          after = putContext(text, ours, { useContext: false });
        } catch (error) {
          if (error instanceof EksLambdaError && /^Kubeconfig(Invalid|Unsupported)$/.test(error.code)) return;
          throw error;
        }
        edited++;
        expect(putContext(after, ours, { useContext: false })).toBe(after);
        expect(othersOf(after, ours.name)).toEqual(othersOf(text, ours.name));
        const { users } = read(after) as { users: { name: string; user: { exec: unknown } }[] };
        expect(users.find(({ name }) => name === ours.name)?.user.exec).toMatchObject(ours.exec);
        const left = dropContext(after, ours.name) ?? "";
        expect(hasContext(left, ours.name)).toBe(false);
        expect(othersOf(left, ours.name)).toEqual(othersOf(text, ours.name));
      }),
      { numRuns },
    );
    expect(edited).toBeGreaterThan(numRuns / 10);
  },
  timeout,
);
