/** Maps a caller's STS ARN to the IAM role that aws-auth and access entries name. */

export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  /** After the fifth colon: `role/team/x`, `assumed-role/NAME/SESSION`. */
  readonly resource: string;
}

/** `undefined` if the text is not an ARN. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export function parseArn(text: string): Arn | undefined {
  const [, partition, service, region, account, resource] =
    /^arn:([^:]+):([^:]+):([^:]*):([^:]*):(.+)$/i.exec(text) ?? [];
  if (partition === undefined || service === undefined || resource === undefined) return undefined;
  return { partition, service, region: region ?? "", account: account ?? "", resource };
}

/** Returns `arn:aws:iam::1:role/NAME` for `arn:aws:sts::1:assumed-role/NAME/SESSION`; other ARNs unchanged. */
export function roleOfSession(text: string): string {
  const arn = parseArn(text);
  const role = arn?.service === "sts" ? /^assumed-role\/([^/]+)\//.exec(arn.resource)?.[1] : undefined;
  return arn && role ? `arn:${arn.partition}:iam::${arn.account}:role/${role}` : text;
}

/** The form that aws-auth can match: the role of a session, and a role without its path, which STS does not report. */
export function mappableArn(text: string): string {
  const arn = parseArn(roleOfSession(text));
  const name = arn?.service === "iam" ? /^role\/(?:.*\/)?([^/]+)$/.exec(arn.resource)?.[1] : undefined;
  return arn && name ? `arn:${arn.partition}:iam::${arn.account}:role/${name}` : text;
}
