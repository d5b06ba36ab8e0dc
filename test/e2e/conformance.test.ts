/**
 * The sandbox answers the same requests as the real backend does. `EKS_LAMBDA_UPDATE_DOCS=1` writes docs/conformance.md
 * from the answers.
 */
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repositoryFile } from "../acceptance/support/run.ts";
import type { Answer, Case } from "./conformance/case.ts";
import { groups } from "./conformance/groups.ts";
import { normalised } from "./conformance/normalise.ts";
import { type Answers, equal, pageOf } from "./conformance/page.ts";
import { type Side, startReal, startStandIn } from "./conformance/side.ts";

const file = repositoryFile("docs/conformance.md");
const update = Boolean(process.env.EKS_LAMBDA_UPDATE_DOCS);
const seen = new Map<Case, Answers>();

let sides: readonly [real: Side, sandbox: Side];
beforeAll(async () => {
  sides = await Promise.all([startReal(), startStandIn()]);
});
afterAll(() => Promise.all(sides.map((side) => side.stop())));

const ask = async (one: Case, side: Side): Promise<Answer> => {
  const answer = await one.ask(side);
  return { ...answer, message: normalised(answer.message, side.backend) };
};

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
      const [real, sandbox] = await Promise.all([ask(one, sides[0]), ask(one, sides[1])]);
      seen.set(one, { real, sandbox });
      if (one.known === undefined) expect(sandbox).toEqual(real);
      else expect(equal({ real, sandbox }), "the answers no longer differ").toBe(false);
    });
  });

test("docs/conformance.md has these answers", async ({ skip }) => {
  skip(seen.size < groups.flatMap(({ cases }) => cases).length, "not all cases were asked");
  const page = pageOf(groups, seen);
  if (update) await writeFile(file, page);
  else expect(page).toBe(await readFile(file, "utf8"));
});
