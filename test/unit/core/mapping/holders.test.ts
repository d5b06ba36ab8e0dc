/** Access entries that map others to our user. */
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import { refuseAccessEntries } from "../../../../src/core/mapping/holders.ts";
import { refusalOf } from "../../../support/refusal.ts";

const arnOf = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
const ours = { rolearn: arnOf("ours"), username: "lambda", whose: "function" } as const;

/** EKS with one cluster: its access entries by role, and how many calls it had at once. */
function eksWith(usernames: Readonly<Record<string, string>>, forbidden?: string) {
  const entries = new Map(Object.entries(usernames).map(([name, username]) => [arnOf(name), username]));
  let [now, most, described] = [0, 0, 0];
  const check = (action: string) => {
    if (action === forbidden) throw new EksLambdaError("AwsForbidden", `the caller may not call ${action}`);
  };
  return {
    seen: () => ({ most, described }),
    delete: (name: string) => entries.delete(arnOf(name)),
    async accessEntries() {
      check("eks:ListAccessEntries");
      return [...entries.keys()];
    },
    async accessEntry(_: string, arn: string) {
      check("eks:DescribeAccessEntry");
      described++;
      most = Math.max(most, ++now);
      await turn();
      now--;
      const username = entries.get(arn);
      return username === undefined ? undefined : { arn: undefined, createdAt: undefined, username, groups: [] };
    },
  };
}
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`role-${at}`, `user-${at}`]));
const look = (eks: ReturnType<typeof eksWith>) => refuseAccessEntries(eks, "demo", ours);

describe("a username", () => {
  test("that only our own role has is free", async () =>
    expect(await look(eksWith({ ours: "lambda", other: "Lambda" }))).toEqual([]));

  test("that others have is refused, with their names", async () =>
    expect(await refusalOf(look(eksWith({ zoe: "lambda", ours: "lambda", ada: "lambda" })))).toMatchObject({
      code: "UsernameTaken",
      message: `the Kubernetes user "lambda" also belongs to ${arnOf("ada")}, ${arnOf("zoe")}, who would get the function's rights`,
    }));

  test("is free when the other's entry was deleted after it was listed", async () => {
    const eks = eksWith({ other: "lambda" });
    const { accessEntries } = eks;
    const raced = { ...eks, accessEntries: () => accessEntries().finally(() => eks.delete("other")) };
    expect(await look(raced)).toEqual([]);
  });
});

test("entries are described five at a time, each once", async () => {
  const eks = eksWith(many(200));
  expect(await look(eks)).toEqual([]);
  expect(eks.seen()).toEqual({ most: 5, described: 200 });
});

describe("a warning says that entries were not looked at", () => {
  const unknown = 'could not search for access entries with the username "lambda": ';

  test("where there are more than 200", async () => {
    const eks = eksWith(many(201));
    expect(await look(eks)).toEqual([`${unknown}there are 201, more than 200`]);
    expect(eks.seen().described).toBe(0);
  });

  test.each(["eks:ListAccessEntries", "eks:DescribeAccessEntry"])("where the caller may not call %s", async (action) =>
    expect(await look(eksWith({ other: "lambda" }, action))).toEqual([`${unknown}the caller may not call ${action}`]),
  );
});
