/** The profiles of the shared files, `~/.aws/config` and `~/.aws/credentials`. */
import { loadSharedConfigFiles } from "@smithy/core/config";
import { usageError } from "../errors.ts";
import { nearest } from "../nearest.ts";

type Profiles = Readonly<Record<string, Readonly<Record<string, string | undefined>>>>;

async function profiles(): Promise<Profiles> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  const names = new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)]);
  // Other sections have their kind before their name.
  const own = [...names].filter((name) => !/^(sso-session|services)\./.test(name));
  return Object.fromEntries(own.map((name) => [name, { ...configFile[name], ...credentialsFile[name] }]));
}

/** Throws `ProfileNotFound`. `default` may be missing: the SDK continues without it. */
export async function refuseUnknownProfile(name: string): Promise<void> {
  const names = Object.keys(await profiles());
  if (name === "default" || names.includes(name)) return;
  const meant = nearest(name, names);
  throw usageError(
    "ProfileNotFound",
    `no AWS profile named "${name}"`,
    names.length > 0
      ? `${meant === undefined ? "" : `did you mean "${meant}"? `}profiles here: ${names.sort().join(", ")}`
      : "no profile is configured here: run `aws configure sso` or `aws configure`",
  );
}

/** Returns the profile to log in with: the one that configures IAM Identity Center, at the end of `source_profile`. */
export async function loginProfile(name: string): Promise<string> {
  const all = await profiles();
  const seen = new Set<string>();
  for (let at: string | undefined = name; at !== undefined && !seen.has(at); at = all[at]?.source_profile) {
    if (all[at]?.sso_session ?? all[at]?.sso_start_url) return at;
    seen.add(at);
  }
  return name;
}

/** Finds a session of IAM Identity Center that is not configured, of the profile or of its `source_profile`. */
export async function unknownSession(name: string): Promise<{ profile: string; name: string } | undefined> {
  const profile = await loginProfile(name);
  const { configFile } = await loadSharedConfigFiles();
  const session = configFile[profile]?.sso_session;
  return session === undefined || configFile[`sso-session.${session}`] ? undefined : { profile, name: session };
}
