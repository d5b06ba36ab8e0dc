/** AWS CLI profiles: a missing one, IAM Identity Center without a session, and MFA. */
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { test, type World } from "./support/world.ts";

/** A profile, and no keys in the environment. */
const byProfile = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
const command = "token --cluster demo";

async function configured({ home, fresh }: World, config: string): Promise<void> {
  await fresh();
  await mkdir(join(home, ".aws"));
  await writeFile(join(home, ".aws/config"), config);
}

const plain =
  "[profile dev]\nregion = us-east-1\n[profile staging.eu]\nregion = eu-west-1\n[sso-session corp]\n[services x]\n";

test.for([
  ["by --profile", `${command} --profile stagin.eu`, {}],
  ["by AWS_PROFILE", command, { AWS_PROFILE: "stagin.eu" }],
] as const)("a profile that does not exist, %s, is named with those that do", async ([, line, env], { world }) => {
  await configured(world, plain);
  expect(await world.run(line, { env })).toEqual({
    exit: 2,
    stdout: "",
    stderr:
      'error no AWS profile named "stagin.eu" (ProfileNotFound)\nhint  did you mean "staging.eu"? profiles here: dev, staging.eu\n',
  });
});

test("a profile without AWS configuration", async ({ world }) => {
  await world.fresh();
  expect(await world.run(`${command} --profile dev`)).toEqual({
    exit: 2,
    stdout: "",
    stderr:
      'error no AWS profile named "dev" (ProfileNotFound)\nhint  no profile is configured here: run `aws configure sso` or `aws configure`\n',
  });
});

test("a profile without keys is there, and one that the SDK cannot read is named as such", async ({ world }) => {
  await configured(world, '[profile empty]\n[profile  "quoted" ]\n[profile "with space"]\nregion = us-east-1\n');
  const env = { ...byProfile, AWS_EC2_METADATA_DISABLED: "true" };
  for (const profile of ["empty", "quoted"])
    expect(await world.run(`${command} --profile ${profile}`, { env })).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining(
        `profile "${profile}": Could not resolve credentials using profile: [${profile}]`,
      ),
    });
  expect(await world.run(`${command} --profile 'with space'`, { env })).toEqual({
    exit: 2,
    stdout: "",
    stderr:
      'error the AWS SDK cannot read the profile "with space" (ProfileNotFound)\nhint  rename it in ~/.aws/config: a name has letters, digits and -_@+.%:/, and no spaces\n',
  });
  expect(await world.run(`${command} --profile emtpy`, { env })).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('did you mean "empty"? profiles here: empty, quoted\n'),
  });
});

const session = `
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
[profile child]
role_arn = arn:aws:iam::123456789012:role/other
source_profile = dev
[profile old]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = Admin
`;

/** The cache of `aws sso login`, an hour before the session expires. */
async function endedSession({ home }: World, key: string): Promise<void> {
  const folder = join(home, ".aws/sso/cache");
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${createHash("sha1").update(key).digest("hex")}.json`);
  await writeFile(file, JSON.stringify({ accessToken: "a", expiresAt: "2020-01-01T00:00:00Z" }));
}

test.for([
  ["that was never begun", "dev", "dev", undefined],
  ["that has expired", "dev", "dev", "corp"],
  ["of the profile that another takes its role from", "child", "dev", "corp"],
  ["of the older kind, that was never begun", "old", "old", undefined],
  ["of the older kind, that has expired", "old", "old", "https://corp.awsapps.com/start"],
] as const)("a session of IAM Identity Center %s", async ([, profile, login, cached], { world }) => {
  await configured(world, session);
  if (cached) await endedSession(world, cached);
  expect(await world.run(`${command} --profile ${profile}`, { env: byProfile })).toEqual({
    exit: 1,
    stdout: "",
    stderr: `error the session of IAM Identity Center for the profile "${profile}" has expired or was never started (CredentialsExpired)\nhint  aws sso login --profile ${login}\n`,
  });
});

test("a profile with MFA, without a terminal", async ({ world }) => {
  const { backend, names } = world;
  const serial = `arn:aws:iam::${names.account}:mfa/ada`;
  await configured(
    world,
    `[profile mfa]\nrole_arn = ${names.roleArn}\nsource_profile = keys\nmfa_serial = ${serial}\n[profile keys]\naws_access_key_id = ${backend.env.AWS_ACCESS_KEY_ID}\naws_secret_access_key = ${backend.env.AWS_SECRET_ACCESS_KEY}\n`,
  );
  expect(await world.run(`${command} --profile mfa`, { env: byProfile })).toEqual({
    exit: 2,
    stdout: "",
    stderr: `error the profile needs a code from the MFA device ${serial} (MfaCodeNeeded)\nhint  run the command on a terminal, which asks for the code, or use a session: aws sts get-session-token\n`,
  });
});

test("a command of the AWS CLI in a hint has the profile and the region", async ({ world }) => {
  const { backend, names } = world;
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = backend.env;
  await configured(
    world,
    `[profile work]\naws_access_key_id = ${AWS_ACCESS_KEY_ID}\naws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}\n`,
  );
  await backend.describe(names.cluster, { status: "CREATING" });
  const env = { ...byProfile, AWS_REGION: undefined };
  expect(await world.run(`setup --yes --profile work --region ${names.region}`, { env })).toMatchObject({
    exit: 1,
    stderr: expect.stringContaining(
      `hint  wait until it is ACTIVE: aws eks wait cluster-active --profile work --name ${names.cluster} --region ${names.region}\n`,
    ),
  });
});

const failing = `
[profile nosession]
sso_session = nosuch
sso_account_id = 123456789012
sso_role_name = Admin
[profile child]
role_arn = arn:aws:iam::123456789012:role/other
source_profile = nosession
[profile token]
role_arn = arn:aws:iam::123456789012:role/other
web_identity_token_file = /nosuch/token
[profile orphan]
role_arn = arn:aws:iam::123456789012:role/other
source_profile = nosuch
[profile itself]
role_arn = arn:aws:iam::123456789012:role/other
source_profile = itself
[profile sealed]
credential_process = echo hush; echo "the vault is sealed" >&2; exit 3
[profile forging]
credential_process = printf 'the vault is sealed\\nhint  curl evil\\r\\nhint: curl evil\\033[1A' >&2; exit 3
[profile chatty]
credential_process = echo hush
[profile expired]
credential_process = echo '{"Version":1,"AccessKeyId":"a","SecretAccessKey":"hush","Expiration":"2020-01-01T00:00:00Z"}'
`;
const missingSession = 'the profile "nosession" has the sso_session "nosuch", which is not configured';

test.for([
  ["nosession", missingSession],
  ["child", missingSession],
  ["token", "ENOENT: no such file or directory, open '/nosuch/token'"],
  ["orphan", 'profile "orphan": Could not resolve credentials using profile: [nosuch] in'],
  ["itself", 'profile "itself": Detected a cycle'],
  [
    "sealed",
    'profile "sealed": Command failed: echo hush; echo "the vault is sealed" >&2; exit 3\n      the vault is sealed',
  ],
  ["forging", 'profile "forging": Command failed: printf'],
  ["chatty", 'profile "chatty": Profile chatty credential_process returned invalid JSON'],
  ["expired", 'profile "expired": Profile expired credential_process returned expired credentials'],
] as const)("a profile that has no credentials says why: %s", async ([profile, why], { world }) => {
  await configured(world, failing);
  const env = { ...byProfile, AWS_EC2_METADATA_DISABLED: "true" };
  for (const [line, named] of [
    [`${command} --profile ${profile}`, {}],
    [command, { AWS_PROFILE: profile }],
  ] as const) {
    const { exit, stdout, stderr } = await world.run(line, { env: { ...env, ...named } });
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
    expect(stderr).toContain(`error no usable AWS credentials: ${why}`);
    expect(stderr).toMatch(/\(NoCredentials\)\nhint {2}.+\n$/);
    expect(stderr.match(/^hint\b/gm)).toHaveLength(1);
    expect(stderr).not.toMatch(/^hint\b.*evil/m);
    expect(stderr).not.toContain("\u001b");
    expect(stderr.replace("Command failed: echo hush", "")).not.toContain("hush");
  }
});

test("a token's file that is not there, from the environment", async ({ world }) => {
  await world.fresh();
  const env = { AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/pod", AWS_WEB_IDENTITY_TOKEN_FILE: "/nosuch" };
  const { exit, stderr } = await world.run(command, { env: { ...byProfile, ...env } });
  expect(exit).toBe(1);
  expect(stderr).toMatch(
    /^error no usable AWS credentials: ENOENT: .* '\/nosuch' \(NoCredentials\)\nhint {2}AWS_WEB_IDENTITY_TOKEN_FILE/,
  );
});

test("AWS_PROFILE beside keys in the environment: one line says which of them is used", async ({ world }) => {
  const { backend, names } = world;
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = backend.env;
  await configured(
    world,
    `[profile work]\naws_access_key_id = ${AWS_ACCESS_KEY_ID}\naws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}\n`,
  );
  const token = `token --cluster ${names.cluster}`;
  const both = { AWS_PROFILE: "work" };
  const line = 'AWS_PROFILE and AWS_ACCESS_KEY_ID are both set: this uses the profile "work"\n';
  const told = async (words: string, env: object) => (await world.run(words, { env: { ...both, ...env } })).stderr;
  expect(await told(token, {})).toBe(line);
  for (const words of [`${token} --quiet`, `${token} --json`, `${token} --profile work`])
    expect(await told(words, {}), words).toBe("");
  expect(await told(token, { KUBERNETES_EXEC_INFO: "{}" })).toBe("");
  expect(await told(token, byProfile)).toBe("");
});
