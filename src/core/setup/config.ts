/** The options of setup. For an `undefined` one, the stack of an earlier run or a default supplies the value. */
import type { Need } from "../kube/need.ts";
import type { AllowText } from "./allow-text.ts";
import type { Options } from "./stack/options.ts";

/** The command that kubectl runs for a token. `auto` chooses one that it will find, never `npx`. */
export const execChoices = ["auto", "eks-lambda", "aws", "npx"] as const;
export type ExecChoice = (typeof execChoices)[number];

/** How the cluster maps the function's role. `auto` prefers access entries if the authentication mode allows them. */
export const accessChoices = ["auto", "aws-auth", "access-entry"] as const;
export type AccessChoice = (typeof accessChoices)[number];

/** A function of the user's, bundled. */
export interface Entry {
  /** As it was given. */
  readonly path: string;
  /** CommonJS, for `index.js`. */
  readonly code: string;
  /** What the code declares, `undefined` if it declares nothing. */
  readonly needs: readonly Need[] | undefined;
  /** Its largest modules, with their sizes. */
  readonly largest: readonly string[];
}

export interface Config extends Options {
  /** The function to deploy. `undefined`: the stock function. */
  readonly entry: Entry | undefined;
  /** What an entry that declares nothing may do. */
  readonly allow: readonly Need[] | undefined;
  /** What the stock function may do. `undefined`: as the stack has it, or creating Deployments. */
  readonly actions: readonly AllowText[] | undefined;
  /** One of several functions for the cluster. `undefined` for the one without a name, or the stack's. */
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly username: string | undefined;
  readonly rbacName: string | undefined;
  readonly stack: string | undefined;
  readonly functionName: string | undefined;
  readonly roleName: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly cloudformationRoleArn: string | undefined;
  /** Ids between commas, as the stack takes them. */
  readonly subnetIds: string | undefined;
  readonly securityGroupIds: string | undefined;
  readonly access: AccessChoice | undefined;
  /** Allows setup to change the cluster's authentication mode, which cannot be undone. */
  readonly enableAccessEntries: boolean;
  /** A file, `undefined` for the one that kubectl uses, or `false` for none. */
  readonly kubeconfig: string | undefined | false;
  readonly useContext: boolean;
  readonly exec: ExecChoice;
  readonly shareUsername: boolean;
  readonly forceConflicts: boolean;
  /** Whether teardown deletes the Deployments that the function created. */
  readonly workloads: boolean;
}
