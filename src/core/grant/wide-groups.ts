/** Groups whose rights no Role and no binding shows, so that neither a proof nor a revoke says what a user in them may do. */

interface WideGroup {
  readonly group: string;
  /** `may do everything` */
  readonly why: string;
}

export function wideGroup(groups: readonly string[]): WideGroup | undefined {
  // The API server permits this group everything without a look at Roles.
  if (groups.includes("system:masters")) return { group: "system:masters", why: "may do everything" };
  // Such as `system:{{SessionName}}`, which a session named `masters` makes system:masters.
  const group = groups.find((one) => one.includes("{{"));
  return group === undefined ? undefined : { group, why: "may choose its group by the name of its session" };
}
