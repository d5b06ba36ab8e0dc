/** Reads the caller's credentials through the SDK's default chain, and explains its errors. */

import { defaultProvider } from "@aws-sdk/credential-provider-node";
import type { NodeHttpHandler } from "@smithy/node-http-handler";
import { advice, command, type Hint } from "../command.ts";
import { EksLambdaError } from "../errors.ts";
import type { AwsOptions, CredentialProvider } from "./call.ts";
import { loginProfile, unknownSession } from "./profiles.ts";

type CredentialOptions = Pick<AwsOptions, "profile" | "mfaCode">;

/** Throws `NoCredentials`, `CredentialsExpired`, `CredentialsInvalid`, the errors of `mfaCode`, and the SDK's errors. */
export function credentialsOf(options: CredentialOptions, requestHandler: NodeHttpHandler): CredentialProvider {
  const { profile, mfaCode } = options;
  const { logger, failure } = chainLog();
  const provide = defaultProvider({
    ...(profile !== undefined && { profile }),
    ...(mfaCode && { mfaCodeProvider: mfaCode }),
    logger,
    // The clients of IAM Identity Center take their handler only from here.
    clientConfig: { requestHandler },
  });
  return async (properties) => {
    try {
      return printable(await provide(properties));
    } catch (error) {
      throw await explained(error as NodeJS.ErrnoException, { profile, ofProfile: failure() });
    }
  };
}

/**
 * Reads the log of the SDK's chain of credential providers, the only place that says why a profile has no credentials: the
 * chain's own error is the same for every cause. Hides its warning that the profile overrides keys in the environment.
 */
function chainLog() {
  const nothing = (): void => {};
  let link = "";
  let ofProfile: string | undefined;
  const debug = (line: string) => {
    link = /defaultProvider::(\w+)/.exec(line)?.[1] ?? link;
    if (line.endsWith("defaultProvider::fromIni")) ofProfile = undefined;
    const [, reason] = /^@smithy\/property-provider (?:->|\(!\)) (.*)$/s.exec(line) ?? [];
    if (link === "fromIni" && reason !== undefined) ofProfile = reason.trim().replace(/\.$/, "");
  };
  return { logger: { debug, info: nothing, warn: nothing, error: nothing }, failure: () => ofProfile };
}

/** For an expired or missing session of IAM Identity Center, the SDK's only sign is the command that it suggests. */
const noSession = /aws sso login|Session token not found or invalid/;
/** Nobody named the profile, and there is none. */
const noDefault = /profile: \[default\] in configuration/;

interface Tried {
  /** The one that was named. */
  readonly profile: string | undefined;
  /** Why the profile has no credentials. */
  readonly ofProfile: string | undefined;
}

async function explained(error: NodeJS.ErrnoException, { profile: named, ofProfile }: Tried): Promise<Error> {
  const profile = named ?? "default";
  if (noSession.test(error.message)) {
    return new EksLambdaError(
      "CredentialsExpired",
      `the session of IAM Identity Center for the profile "${profile}" has expired or was never started`,
      { hint: command`aws sso login --profile ${await loginProfile(profile)}`, cause: error },
    );
  }
  if (/MultiFactorAuthentication failed/.test(error.message)) {
    return new EksLambdaError("CredentialsInvalid", `AWS rejected the MFA code: ${error.message.trim()}`, {
      hint: `wait for the next code of the device that mfa_serial names in the profile "${profile}"; each code works only once`,
      cause: error,
    });
  }
  const none = (reason: string, hint: Hint) =>
    new EksLambdaError("NoCredentials", `no usable AWS credentials: ${reason}`, { hint, cause: error });
  if (/^(open|read)$/.test(error.syscall ?? ""))
    return none(
      error.message,
      "AWS_WEB_IDENTITY_TOKEN_FILE, or web_identity_token_file of a profile, names the file of the token: correct it, or unset it",
    );
  const session = error.name === "TypeError" ? await unknownSession(profile) : undefined;
  if (session !== undefined)
    return none(
      `the profile "${session.profile}" has the sso_session "${session.name}", which is not configured`,
      advice`add [sso-session ${session.name}] with \`aws configure sso-session\`, or correct the profile in ~/.aws/config`,
    );
  if (error.name === "CredentialsProviderError" && ofProfile && (named !== undefined || !noDefault.test(ofProfile)))
    return none(
      `profile "${profile}": ${ofProfile}`,
      advice`\`${command`aws configure list --profile ${profile}`}\` shows what it has; correct it in ~/.aws/config, or choose another with --profile`,
    );
  return error;
}

const names = {
  accessKeyId: "access key id",
  secretAccessKey: "secret access key",
  sessionToken: "session token",
} as const;

/** Throws `CredentialsInvalid` for characters that Node refuses in a header, or that make AWS reject the signature. */
function printable<T extends Partial<Record<keyof typeof names, string>>>(credentials: T): T {
  for (const [key, name] of Object.entries(names)) {
    const value = credentials[key as keyof typeof names];
    if (value === undefined || !/[^\x21-\x7e]/.test(value)) continue;
    throw new EksLambdaError(
      "CredentialsInvalid",
      `the AWS ${name} contains a line break, a blank or another invalid character`,
      {
        hint: "set it again; one that was pasted into a file or into the secrets of a CI system often ends with a line break",
      },
    );
  }
  return credentials;
}
