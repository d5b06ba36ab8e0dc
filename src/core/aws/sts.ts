/** Who the caller is, and the credentials and region that the SDK's own chain finds for them. */
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { AwsCredentials } from "../sigv4.ts";
import { type AwsOptions, call } from "./call.ts";

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
  const client = new STSClient(options);
  return {
    async identity() {
      const { Account = "", Arn = "" } = await call(
        "sts:GetCallerIdentity",
        client.send(new GetCallerIdentityCommand({})),
      );
      return { account: Account, arn: Arn };
    },
    credentials: () => call("credentials", client.config.credentials()),
    region: () => call("region", client.config.region()),
  };
}
