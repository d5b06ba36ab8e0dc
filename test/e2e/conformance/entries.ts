/** Access entries, and the user that the cluster sees. */
import type { Credentials } from "../../acceptance/backend.ts";
import { mint } from "../../acceptance/support/token.ts";
import { putEntry } from "./aws/access-entries.ts";
import { type Case, type Group, pick } from "./case.ts";
import { isKnown, putAwsAuth, roleArn } from "./people.ts";
import type { Side } from "./side.ts";

interface EntryCase {
  readonly name: string;
  readonly mode?: "API_AND_CONFIG_MAP" | "API";
  /** The entry of the role `asked`. */
  readonly entry?: object;
  /** The role is deleted and created again after its entry. */
  readonly anew?: true;
  /** The user that aws-auth maps the role to. */
  readonly mapped?: string;
  readonly shows?: string;
}

let changes = 0;

/** Waits until aws-auth and the entries have taken effect. The entry of a witness is written last. */
async function prepare(side: Side, given: EntryCase): Promise<Credentials> {
  const { backend } = side;
  const { mode = "API_AND_CONFIG_MAP", entry, anew, mapped } = given;
  await side.reset();
  const role = await backend.assumeRole("asked");
  await backend.assumeRole("witness");
  await putAwsAuth(side, { mapRoles: mapped ? `- rolearn: ${roleArn(side, "asked")}\n  username: ${mapped}\n` : "" });
  if (mapped) await isKnown(side, "asked", mapped);
  await backend.describe(backend.cluster.name, { authenticationMode: mode });
  if (entry) await putEntry(side, "asked", entry);
  if (anew) await backend.remove("AWS::IAM::Role", "asked");
  const credentials = anew ? await backend.assumeRole("asked") : role;
  const username = `entry-${++changes}`;
  await putEntry(side, "witness", { username });
  await isKnown(side, "witness", username);
  return credentials;
}

const entryCase = (given: EntryCase): Case => ({
  name: given.name,
  request: "`POST …/selfsubjectreviews`",
  async ask(side) {
    const credentials = await prepare(side, given);
    const { cluster, region } = side.backend;
    const token = await mint({ cluster: cluster.name, region, credentials, age: 300 });
    await side.denial();
    const { status, body } = await side.kube({
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      body: {},
      authorization: `Bearer ${token}`,
    });
    const { reason = "" } = body as { reason?: string };
    const why = await side.denial();
    return { status, reason, message: status < 400 ? pick(body, given.shows ?? "status.userInfo.username") : why };
  },
});

const entry = { username: "asked" };

const cases: readonly EntryCase[] = [
  { name: "an entry", entry },
  { name: "an entry in mode API", mode: "API", entry },
  { name: "an entry with groups", entry: { ...entry, kubernetesGroups: ["viewers"] }, shows: "status.userInfo.groups" },
  { name: "an entry without a username", entry: {} },
  { name: "no entry" },
  { name: "no entry, and aws-auth", mapped: "mapped" },
  { name: "no entry, and aws-auth, in mode API", mode: "API", mapped: "mapped" },
  { name: "an entry, and aws-auth", entry, mapped: "mapped" },
  { name: "an entry of an earlier role", entry, anew: true },
  { name: "an entry of an earlier role, and aws-auth", entry, anew: true, mapped: "mapped" },
];

export const entries: Group = {
  title: "Access entries",
  intro: "A role's session, with the case's access entry and aws-auth. The message is as above.",
  prepare: async () => {},
  cases: cases.map(entryCase),
};
