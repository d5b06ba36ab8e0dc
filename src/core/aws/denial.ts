/** Who can change the policy that denied a call. A caller's own IAM policy is only one of several kinds. */

interface Denial {
  /** AWS's words. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
  readonly words: RegExp;
  readonly remedy: string;
}

const organization =
  "no policy of this account can allow it: ask those who manage the organization in AWS Organizations";

const denials: readonly Denial[] = [
  {
    words: /\bservice control policy\b/i,
    remedy: `a service control policy of the organization denies this, and ${organization}`,
  },
  {
    words: /\bresource control policy\b/i,
    remedy: `a resource control policy of the organization denies this, and ${organization}`,
  },
  {
    words: /\bpermissions boundary\b/i,
    remedy: "the permissions boundary does not allow this, whatever the policies say: ask those who set it",
  },
  {
    words: /\bsession policy\b/i,
    remedy: "the policy of this session does not allow this: assume the role without it, or with a wider one",
  },
  {
    words: /\bVPC endpoint policy\b/i,
    remedy: "the policy of the VPC endpoint to AWS does not allow this: ask those who manage the VPC",
  },
  {
    words: /\bexplicit deny in an identity-based policy\b/i,
    remedy:
      "a policy denies this explicitly, and a denial counts more than what other policies allow: change that policy",
  },
];

/** `undefined`: the policies of the caller do not allow it, or AWS does not say which policy it is. */
export function denialRemedy(reason: string): string | undefined {
  const remedy = denials.find(({ words }) => words.test(reason))?.remedy;
  const [policy] = /\barn:aws[\w-]*:(?:organizations|iam)::[\w-]*:policy\/[\w/+=,.@-]+/.exec(reason) ?? [];
  return remedy && policy ? `${remedy}; the policy is ${policy}` : remedy;
}
