/** Who the caller is, and the credentials and region that the SDK's own chain finds for them. */
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

/** A web server's page is read as an answer that says nothing. */
function readCaller({ Account, Arn }: GetCallerIdentityCommandOutput): Caller {
  if (!Account || !Arn) throw new SyntaxError("no identity");
  return { account: Account, arn: Arn };
}
