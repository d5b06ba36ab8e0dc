/** The options of setup. For an `undefined` one, the stack of an earlier run or a default supplies the value. */
import type { Need } from "../kube/need.ts";
import type { AllowFlag } from "../parameters/allow.ts";
import type { Chosen, Deployed } from "../parameters/deployed.ts";
import type { settings } from "../parameters/settings.ts";
import type { Edits } from "../parameters/variables.ts";
import type { OwnPolicy } from "../stack/own-policy.ts";

/** The command that kubectl runs for a token. `auto` chooses one that it will find, never `npx`. */
export type ExecChoice = (typeof settings.exec.flag.values)[number];

/** How the cluster maps the function's role. `auto` prefers access entries if the authentication mode allows them. */
export type AccessChoice = Deployed["access"];

/** A function of the user's, bundled. */
export interface Source {
  /** As it was given. */
  readonly path: string;
  /** CommonJS, for `index.js`. */
  readonly code: string;
  /** What the code declares, `undefined` if it declares nothing. */
  readonly needs: readonly Need[] | undefined;
  /** Its largest packages and files, with their sizes. */
  readonly largest: readonly string[];
}

export interface Config extends Chosen {
  /** The function to deploy. `undefined`: the stock function. */
  readonly source: Source | undefined;
  /** Nothing is deployed: a function of the user's that is there needs no source. */
  readonly keepsSource?: true;
  /** What a source that declares nothing may do. */
  readonly needs: readonly Need[] | undefined;
  /** What the stock function may do. `undefined`: as the stack has it, or creating Deployments. */
  readonly allowFlag: AllowFlag | undefined;
  /** Of `--policy`; `false`: removed; `undefined`: as the role has it. */
  readonly ownPolicy: OwnPolicy | false | undefined;
  /** What `--env` sets and removes. */
  readonly variables: Edits;
  readonly tags: Readonly<Record<string, string>>;
  /** Allows setup to change the cluster's authentication mode, which cannot be undone. */
  readonly enableAccessEntries: boolean;
  /** A file, `undefined` for the one that kubectl uses, or `false` for none. */
  readonly kubeconfig: string | undefined | false;
  readonly useContext: boolean;
  readonly shareUsername: boolean;
  readonly forceConflicts: boolean;
  /** Whether teardown deletes the Deployments that the function created. */
  readonly workloads: boolean;
}
