/** The caller's identity, and the credentials and region from the SDK's default chain. */
import { GetCallerIdentityCommand, type GetCallerIdentityCommandOutput, STSClient } from "@aws-sdk/client-sts";
import type { AwsCredentials } from "../kube/sigv4.ts";
import { type AwsOptions, call } from "./call.ts";
import { clientOptions } from "./client.ts";

export interface Caller {
  readonly account: string;
  readonly arn: string;
}

export interface Sts {
  identity(): Promise<Caller>;
  /** Throws `NoCredentials`. */
  credentials(): Promise<AwsCredentials>;
  /** Throws `NoRegion`. */
  region(): Promise<string>;
}

export function sts(options: AwsOptions): Sts {
  const client = new STSClient(clientOptions(options));
  return {
    identity: () => call("sts:GetCallerIdentity", client.send(new GetCallerIdentityCommand({})).then(readCaller)),
    credentials: () => call("credentials", client.config.credentials()),
    region: () => call("region", client.config.region()),
  };
}

/** Throws `SyntaxError` for an answer without an identity, such as a web page. */
function readCaller({ Account, Arn }: GetCallerIdentityCommandOutput): Caller {
  if (!Account || !Arn) throw new SyntaxError("no identity");
  return { account: Account, arn: Arn };
}
