/** Entries of aws-auth, and the user that the cluster sees. */
import { type Case, type Group, pick } from "./case.ts";
import { answerOf } from "./kube-case.ts";
import { isKnown, putAwsAuth, roleArn } from "./people.ts";
import type { Side } from "./side.ts";

interface MappingCase {
  readonly name: string;
  /** `mapRoles` for the role's ARN. */
  readonly roles?: (arn: string) => string;
  /** Other keys of the ConfigMap. */
  readonly more?: (arn: string) => Readonly<Record<string, string>>;
  /** The whole list is lost, so that no entry shows when the change has taken effect. */
  readonly lost?: true;
  readonly shows?: string;
  readonly known?: string;
}

let changes = 0;

/** Waits until the change has taken effect: until a valid entry works, or an earlier one does not. */
async function put(side: Side, { roles, more, lost }: MappingCase): Promise<void> {
  const username = `witness-${++changes}`;
  const witness = `- rolearn: ${roleArn(side, "witness")}\n  username: ${username}\n`;
  const arn = roleArn(side, "asked");
  if (lost) {
    await putAwsAuth(side, { mapRoles: witness });
    await isKnown(side, "witness", username);
  }
  await putAwsAuth(side, { mapRoles: `${roles?.(arn) ?? ""}${witness}`, ...more?.(arn) });
  await isKnown(side, "witness", lost ? "" : username);
}

/** Asks who the caller is. */
const review = async (side: Side, authorization: string) =>
  side.kube({ method: "POST", path: "/apis/authentication.k8s.io/v1/selfsubjectreviews", body: {}, authorization });

/** The API server remembers for two minutes whose a token is. */
const remembered: Case = {
  name: "an entry that is gone, with a token from before",
  request: "`POST …/selfsubjectreviews`, with the entry, then without it",
  async ask(side) {
    await put(side, { name: "an entry", roles: (arn) => entry(arn, "username: asked") });
    const authorization = `Bearer ${await side.token("asked")}`;
    await review(side, authorization);
    await put(side, { name: "no entry" });
    return answerOf(await review(side, authorization), "status.userInfo.username");
  },
};

const mappingCase = (given: MappingCase): Case => ({
  name: given.name,
  known: given.known,
  request: "`POST …/selfsubjectreviews`",
  async ask(side) {
    await put(side, given);
    await side.denial();
    const { status, body } = await review(side, `Bearer ${await side.token("asked")}`);
    const { reason = "" } = body as { reason?: string };
    const why = await side.denial();
    return { status, reason, message: status < 400 ? pick(body, given.shows ?? "status.userInfo.username") : why };
  },
});

const entry = (arn: string, ...lines: string[]): string => [`- rolearn: ${arn}`, ...lines].join("\n  ").concat("\n");
const withPath = (arn: string) => arn.replace(":role/", ":role/team/");

const cases: readonly MappingCase[] = [
  { name: "an entry", roles: (arn) => entry(arn, "username: asked") },
  {
    name: "an entry with groups",
    roles: (arn) => entry(arn, "username: asked", "groups: [a, b]"),
    shows: "status.userInfo.groups",
  },
  { name: "no entry" },
  { name: "the ARN in upper case", roles: (arn) => entry(arn.toUpperCase(), "username: asked") },
  { name: "the ARN with a path", roles: (arn) => entry(withPath(arn), "username: asked") },
  {
    name: "the ARN of a session",
    roles: (arn) => entry(arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/"), "username: asked"),
  },
  { name: "two entries", roles: (arn) => entry(arn, "username: first") + entry(arn, "username: last") },
  { name: "no username", roles: (arn) => entry(arn, "groups: [a]") },
  { name: "a number for a username", roles: (arn) => entry(arn, "username: 42") },
  { name: "unknown keys and comments", roles: (arn) => entry(arn, "username: asked # who", "more: {a: 1}") },
  { name: "keys in another case", roles: (arn) => entry(arn, "Username: asked") },
  { name: "a key twice", roles: (arn) => entry(arn, "username: first", "username: last") },
  {
    name: "groups that are not a list",
    roles: (arn) => entry(arn, "username: asked", "groups: a"),
    shows: "status.userInfo.groups",
  },
  { name: "another entry that is not a mapping", roles: (arn) => `- text\n${entry(arn, "username: asked")}` },
  { name: "another entry that is null", roles: (arn) => `-\n${entry(arn, "username: asked")}` },
  { name: "flow style", roles: (arn) => `- {rolearn: "${arn}", username: asked}\n` },
  { name: "placeholders", roles: (arn) => entry(arn, 'username: "{{AccountID}}:{{AccessKeyID}}"') },
  { name: "an unknown placeholder", roles: (arn) => entry(arn, 'username: "{{Nothing}}"') },
  {
    name: "a private DNS name, for a session that is not an instance",
    roles: (arn) => entry(arn, "username: system:node:{{EC2PrivateDNSName}}"),
  },
  { name: "a reserved username", roles: (arn) => entry(arn, "username: system:asked") },
  {
    name: "a user's entry with the role's ARN",
    more: (arn) => ({ mapUsers: `- userarn: ${arn}\n  username: asked\n` }),
  },
  { name: "the account", more: (arn) => ({ mapAccounts: `- "${arn.split(":")[4]}"\n` }) },
  { name: "the account, as a number", more: (arn) => ({ mapAccounts: `- ${arn.split(":")[4]}\n` }) },
  { name: "the account in a comment", more: (arn) => ({ mapAccounts: `- "000000000000" # ${arn.split(":")[4]}\n` }) },
  { name: "the account in a mapping", more: (arn) => ({ mapAccounts: `- id: "${arn.split(":")[4]}"\n` }) },
  { name: "another account", more: () => ({ mapAccounts: '- "000000000000"\n' }) },
  {
    name: "broken YAML in `mapUsers`",
    roles: (arn) => entry(arn, "username: asked"),
    more: () => ({ mapUsers: "- {" }),
  },
  { name: "a tab in `mapRoles`", lost: true, roles: (arn) => entry(arn, "username: asked", "\tgroups: [a]") },
  { name: "a bracket that is not closed", lost: true, roles: (arn) => entry(arn, "username: asked", "groups: [a") },
  {
    name: "a mapping in place of the list",
    lost: true,
    more: (arn) => ({ mapRoles: `rolearn: ${arn}\nusername: asked\n` }),
  },
  { name: "an empty text", lost: true, more: () => ({ mapRoles: "" }) },
  { name: "an empty list", lost: true, more: () => ({ mapRoles: "[]" }) },
];

export const mappings: Group = {
  title: "Mappings",
  intro: "A role's session, with the case's aws-auth. The message is the user's name, or the reason in the log.",
  prepare: async () => {},
  cases: [...cases.map(mappingCase), remembered],
};
