/** What an authentication mode and a method of mapping mean. Nothing else compares them, so that a new one is added only here. */
import type { AuthenticationMode } from "../aws/eks.ts";

export interface Mode {
  /** The cluster reads access entries, which override aws-auth. */
  readonly readsEntries: boolean;
  /** The cluster reads aws-auth. */
  readonly readsAwsAuth: boolean;
  /** How a role is mapped if nobody chooses. */
  readonly method: Method;
  /** The mode that setup can change this one to, so that the cluster reads access entries. That cannot be undone. */
  readonly enabled?: AuthenticationMode;
}

/**
 * Modes change in one direction only, CONFIG_MAP → API_AND_CONFIG_MAP → API.
 * Source: https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html
 */
export const modes = {
  CONFIG_MAP: { readsEntries: false, readsAwsAuth: true, method: "aws-auth", enabled: "API_AND_CONFIG_MAP" },
  API_AND_CONFIG_MAP: { readsEntries: true, readsAwsAuth: true, method: "access-entry" },
  API: { readsEntries: true, readsAwsAuth: false, method: "access-entry" },
} as const satisfies Readonly<Record<AuthenticationMode, Mode>>;

export const modeNames = Object.keys(modes) as readonly AuthenticationMode[];

/** The mode of a cluster that is gone, or whose description names none. */
export const oldestMode = "CONFIG_MAP" satisfies AuthenticationMode;

/** EKS may have more modes than this version knows: in those, look everywhere. */
export const modeOf = (mode: AuthenticationMode): Mode =>
  (modes as Readonly<Record<string, Mode>>)[mode] ?? modes.API_AND_CONFIG_MAP;

export type Method = "access-entry" | "aws-auth";

interface MethodOfMapping {
  /** What the cluster must read. */
  readonly needs: "readsEntries" | "readsAwsAuth";
  /** The mapping is an object of the account, in the function's stack. Otherwise, it is in the cluster. */
  readonly isInAccount: boolean;
  /** Why a mode refuses it, and what to do. */
  readonly unsupported: string;
  readonly instead: string;
}

export const methods: Readonly<Record<Method, MethodOfMapping>> = {
  "access-entry": {
    needs: "readsEntries",
    isInAccount: true,
    unsupported: "it does not support access entries",
    instead: "use --access aws-auth, or change the mode with --enable-access-entries; that cannot be undone",
  },
  "aws-auth": {
    needs: "readsAwsAuth",
    isInAccount: false,
    unsupported: "it does not read aws-auth",
    instead: "use --access access-entry, or leave --access out",
  },
};

export const isMethod = (text: string | undefined): text is Method =>
  text !== undefined && Object.hasOwn(methods, text);
