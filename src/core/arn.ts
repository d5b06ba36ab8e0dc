/** Who a caller is to the cluster: STS names a session, aws-auth and access entries name its role. */

export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  /** All behind the fifth colon: `role/team/x`, `assumed-role/NAME/SESSION`. */
  readonly resource: string;
}

/** `undefined` for what is not an ARN. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export function parseArn(text: string): Arn | undefined {
  const [, partition, service, region, account, resource] =
    /^arn:([^:]+):([^:]+):([^:]*):([^:]*):(.+)$/i.exec(text) ?? [];
  if (partition === undefined || service === undefined || resource === undefined) return undefined;
  return { partition, service, region: region ?? "", account: account ?? "", resource };
}

/** Turns `arn:aws:sts::1:assumed-role/NAME/SESSION` into `arn:aws:iam::1:role/NAME`; other ARNs pass unchanged. */
export function roleOfSession(text: string): string {
  const arn = parseArn(text);
  const role = arn?.service === "sts" ? /^assumed-role\/([^/]+)\//.exec(arn.resource)?.[1] : undefined;
  return arn && role ? `arn:${arn.partition}:iam::${arn.account}:role/${role}` : text;
}

/** The form that aws-auth can match: sessions become roles, and a role's path goes, because STS does not tell it. */
export function mappableArn(text: string): string {
  const arn = parseArn(roleOfSession(text));
  const name = arn?.service === "iam" ? /^role\/(?:.*\/)?([^/]+)$/.exec(arn.resource)?.[1] : undefined;
  return arn && name ? `arn:${arn.partition}:iam::${arn.account}:role/${name}` : text;
}
