/** The profiles of the shared files, `~/.aws/config` and `~/.aws/credentials`. */
import { join } from "node:path";
import { getHomeDir, loadSharedConfigFiles, readFile } from "@smithy/core/config";
import { usageError } from "../errors.ts";
import type { Environment } from "../kube/cluster.ts";
import { nearest } from "../nearest.ts";

type Profiles = Readonly<Record<string, Readonly<Record<string, string | undefined>>>>;

async function profiles(): Promise<Profiles> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  const names = new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)]);
  // Other sections have their kind before their name.
  const own = [...names].filter((name) => !/^(sso-session|services)\./.test(name));
  return Object.fromEntries(own.map((name) => [name, { ...configFile[name], ...credentialsFile[name] }]));
}

/** Sections as they are written. The SDK leaves out those without keys, and those whose names it cannot read. */
async function sections(environment: Environment): Promise<readonly string[]> {
  const { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials } = environment;
  const read = async (path: string, section: RegExp) => {
    const text = await readFile(path.replace(/^~(?=\/)/, getHomeDir())).catch(() => "");
    return [...text.matchAll(section)].map(([, , name = ""]) => name.trim());
  };
  const all = await Promise.all([
    read(config || join(getHomeDir(), ".aws/config"), /^\s*\[profile\s+(["']?)(.+?)\1\s*\]/gm),
    read(credentials || join(getHomeDir(), ".aws/credentials"), /^\s*\[()(.+?)\]/gm),
  ]);
  return all.flat();
}

/** What the SDK takes for a name, in `parseIni`. */
const readable = /^[\w\-@+.%:/]+$/;

/** Throws `ProfileNotFound`. `default` may be missing: the SDK continues without it. */
export async function refuseUnknownProfile(name: string, environment: Environment): Promise<void> {
  const known = Object.keys(await profiles());
  if (name === "default" || known.includes(name)) return;
  const written = await sections(environment);
  if (written.includes(name) && readable.test(name)) return;
  if (written.includes(name))
    throw usageError(
      "ProfileNotFound",
      `the AWS SDK cannot read the profile "${name}"`,
      "rename it in ~/.aws/config: a name has letters, digits and -_@+.%:/, and no spaces",
    );
  const names = [...new Set([...known, ...written])].filter((one) => readable.test(one));
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
