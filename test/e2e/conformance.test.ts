/**
 * The sandbox answers the same requests as the real backend does. `EKS_LAMBDA_UPDATE_DOCS=1` writes the answers into
 * docs/conformance.md, and into the record that `npm test` holds the sandbox to.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Case, normalisedAnswer } from "./conformance/case.ts";
import { groups } from "./conformance/groups.ts";
import { type Answers, equal } from "./conformance/page.ts";
import { filesOf, recorded, writeFiles } from "./conformance/recorded.ts";
import { type Side, startReal, startStandIn } from "./conformance/side.ts";

const update = Boolean(process.env.EKS_LAMBDA_UPDATE_DOCS);
const seen = new Map<Case, Answers>();

let sides: readonly [real: Side, sandbox: Side];
beforeAll(async () => {
  sides = await Promise.all([startReal(), startStandIn()]);
});
afterAll(() => Promise.all(sides.map((side) => side.stop())));

for (const { title, prepare, cases } of groups)
  describe(title, () => {
    beforeAll(() =>
      Promise.all(
        sides.map(async (side) => {
          await side.reset();
          await prepare(side);
        }),
      ),
    );
    test.for(cases.map((one) => [one.name, one] as const))("%s", async ([, one]) => {
      const [real, sandbox] = await Promise.all([normalisedAnswer(one, sides[0]), normalisedAnswer(one, sides[1])]);
      seen.set(one, { real, sandbox });
      if (one.known === undefined) expect(sandbox).toEqual(real);
      else expect(equal({ real, sandbox }), "the answers no longer differ").toBe(false);
    });
  });

test("docs/conformance.md and the record have these answers", async ({ skip }) => {
  // With -t, the others keep their answers.
  if (update) return void (await writeFiles(groups, new Map([...(await recorded(groups)), ...seen])));
  skip(seen.size < groups.flatMap(({ cases }) => cases).length, "not all cases were asked");
  for (const { path, is, should } of await filesOf(groups, seen)) expect(should, path).toBe(is);
});
