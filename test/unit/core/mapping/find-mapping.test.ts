/** Where a role's user is looked for: at its access entry, then in aws-auth, as the cluster's mode says. */
import { describe, expect, test } from "vitest";
import type { AuthenticationMode } from "../../../../src/core/aws/eks.ts";
import { findMapping } from "../../../../src/core/mapping/identity.ts";

const arn = "arn:aws:iam::111122223333:role/ci";
const principal = "arn:aws:iam::111122223333:role/team/ci";
const [made, later] = [new Date(1_000), new Date(2_000)];
const entryMadeAt = (createdAt: Date) => ({ arn: undefined, createdAt, username: "by-entry", groups: ["web"] });

interface World {
  readonly mode: AuthenticationMode;
  readonly entry?: ReturnType<typeof entryMadeAt>;
  readonly mapRoles?: string;
  readonly roleCreatedAt?: Date;
}

async function find({ mode, entry, mapRoles = "", roleCreatedAt = made }: World) {
  const asked: string[] = [];
  const found = await findMapping(
    {
      cluster: { name: "demo", authenticationMode: mode },
      eks: {
        async accessEntry(_, principalArn) {
          asked.push(principalArn);
          return entry;
        },
      },
      async awsAuth() {
        asked.push("aws-auth");
        return { data: { mapRoles } };
      },
    },
    { arn, principal, identity: { createdAt: roleCreatedAt } },
  );
  return { found, asked };
}

const inAwsAuth = `- rolearn: ${arn}\n  username: by-aws-auth\n`;
const entry = entryMadeAt(later);

describe("the user of a role", () => {
  test.each<[string, World, string, readonly string[]]>([
    [
      "its entry's, and aws-auth is not read",
      { mode: "API_AND_CONFIG_MAP", entry, mapRoles: inAwsAuth },
      "by-entry",
      [principal],
    ],
    [
      "aws-auth's without an entry",
      { mode: "API_AND_CONFIG_MAP", mapRoles: inAwsAuth },
      "by-aws-auth",
      [principal, "aws-auth"],
    ],
    [
      "aws-auth's, and entries are not read",
      { mode: "CONFIG_MAP", entry, mapRoles: inAwsAuth },
      "by-aws-auth",
      ["aws-auth"],
    ],
  ])("is %s", async (_, world, username, places) => {
    const { found, asked } = await find(world);
    expect(found).toMatchObject({ is: "mapped", identity: { username } });
    expect(asked).toEqual(places);
  });

  test("is nobody in mode API without an entry, and aws-auth is not read", async () =>
    expect(await find({ mode: "API", mapRoles: inAwsAuth })).toEqual({
      found: { is: "nobody", arn, why: ['the cluster "demo" has authentication mode API, and no access entry for it'] },
      asked: [principal],
    }));
});

describe("an entry that is older than its role", () => {
  const dead = { entry: entryMadeAt(made), roleCreatedAt: later, mapRoles: inAwsAuth };

  test.each<[AuthenticationMode, object]>([
    ["API_AND_CONFIG_MAP", { is: "mapped", identity: { username: "by-aws-auth" } }],
    ["API", { is: "nobody" }],
  ])("has no effect: in mode %s, the authenticator looks on", async (mode, otherwise) => {
    const { found } = await find({ ...dead, mode });
    expect(found).toMatchObject({ is: "dead", entry: dead.entry });
    expect(await (found.is === "dead" && found.otherwise())).toMatchObject(otherwise);
  });
});
