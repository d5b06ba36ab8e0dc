/** Reads the caller's credentials through the SDK's default chain, and explains its errors. */
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import type { NodeHttpHandler } from "@smithy/node-http-handler";
import { EksLambdaError } from "../errors.ts";
import type { AwsOptions, CredentialProvider } from "./call.ts";
import { loginProfile } from "./profiles.ts";

type CredentialOptions = Pick<AwsOptions, "profile" | "logger" | "mfaCode">;

/** Throws `CredentialsExpired`, `CredentialsInvalid`, the errors of `mfaCode`, and the SDK's errors. */
export function credentialsOf(options: CredentialOptions, requestHandler: NodeHttpHandler): CredentialProvider {
  const { profile, logger, mfaCode } = options;
  const provide = defaultProvider({
    ...(profile !== undefined && { profile }),
    ...(logger && { logger }),
    ...(mfaCode && { mfaCodeProvider: mfaCode }),
    // The clients of IAM Identity Center take their handler only from here.
    clientConfig: { requestHandler },
  });
  return async (...properties) => {
    try {
      return printable(await provide(...properties));
    } catch (error) {
      throw await explained(error as Error, profile ?? "default");
    }
  };
}

/** For an expired or missing session of IAM Identity Center, the SDK's only sign is the command that it suggests. */
const noSession = /aws sso login|Session token not found or invalid/;

async function explained(error: Error, profile: string): Promise<Error> {
  if (noSession.test(error.message)) {
    return new EksLambdaError(
      "CredentialsExpired",
      `the session of IAM Identity Center for the profile "${profile}" has expired or was never started`,
      { hint: `aws sso login --profile ${await loginProfile(profile)}`, cause: error },
    );
  }
  if (/MultiFactorAuthentication failed/.test(error.message)) {
    return new EksLambdaError("CredentialsInvalid", `AWS rejected the MFA code: ${error.message.trim()}`, {
      hint: `wait for the next code of the device that mfa_serial names in the profile "${profile}"; each code works only once`,
      cause: error,
    });
  }
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
