/** The sandbox answers as the real backend did when test/e2e/conformance.test.ts last asked both. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { normalisedAnswer } from "../../e2e/conformance/case.ts";
import { groups } from "../../e2e/conformance/groups.ts";
import { filesOf, recorded } from "../../e2e/conformance/recorded.ts";
import { type Side, startStandIn } from "../../e2e/conformance/side.ts";

const answers = await recorded(groups);
const asking = "run `EKS_LAMBDA_UPDATE_DOCS=1 npm run e2e -- test/e2e/conformance.test.ts`";

let side: Side;
beforeAll(async () => {
  side = await startStandIn();
});
afterAll(() => side.stop());

for (const { title, prepare, cases } of groups)
  describe(title, () => {
    beforeAll(async () => {
      await side.reset();
      await prepare(side);
    });
    test.for(cases.map((one) => [one.name, one] as const))("%s", async ([, one]) => {
      expect(await normalisedAnswer(one, side), asking).toEqual(answers.get(one)?.sandbox);
    });
  });

test.each(groups.map(({ title, cases }) => [title, cases] as const))(
  "%s: each case has a name of its own",
  (_, cases) => {
    const names = cases.map(({ name }) => name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  },
);

test("the record has these cases and no others, and docs/conformance.md shows it", async () => {
  for (const { path, is, should } of await filesOf(groups, answers)) expect(should, `${path}: ${asking}`).toBe(is);
});
