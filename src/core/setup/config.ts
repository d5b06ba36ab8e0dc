/** What setup is asked for. What is `undefined` the stack of an earlier run knows, or there is a default. */

/** The command that kubectl runs for a token; `auto`: one that it will find, and never `npx`. */
export const execChoices = ["auto", "eks-lambda", "aws", "npx"] as const;
export type ExecChoice = (typeof execChoices)[number];

/** How the cluster learns who the function's role is; `auto`: as its authentication mode allows, entries first. */
export const accessChoices = ["auto", "aws-auth", "access-entry"] as const;
export type AccessChoice = (typeof accessChoices)[number];

export interface Config {
  readonly namespace: string | undefined;
  readonly username: string | undefined;
  readonly rbacName: string | undefined;
  readonly stack: string | undefined;
  readonly functionName: string | undefined;
  readonly roleName: string | undefined;
  /** Days. */
  readonly logRetention: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly permissionsBoundary: string | undefined;
  readonly cloudformationRoleArn: string | undefined;
  /** Ids between commas, as the stack takes them. */
  readonly subnetIds: string | undefined;
  readonly securityGroupIds: string | undefined;
  readonly access: AccessChoice;
  /** Whether the cluster's authentication mode may be changed, which cannot be undone. */
  readonly enableAccessEntries: boolean;
  /** A file; `undefined`: the one that kubectl uses; `false`: none. */
  readonly kubeconfig: string | undefined | false;
  readonly useContext: boolean;
  readonly exec: ExecChoice;
  readonly shareUsername: boolean;
  readonly forceConflicts: boolean;
  /** Whether teardown deletes the Deployments that the function created. */
  readonly workloads: boolean;
}
