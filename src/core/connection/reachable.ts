/** A cluster's API server, and how the caller chose to connect to it. */
import type { ProxyChoice } from "./proxy.ts";

export interface Reachable {
  readonly name: string;
  readonly endpoint: string;
  /** PEM in base64. */
  readonly ca: string;
}

export interface ContextChoice {
  /** `--context`; without one, the caller's own token is used. */
  readonly context?: string | undefined;
  /** A server other than the cluster's endpoint is a tunnel to it. */
  readonly allowOtherServer?: boolean | undefined;
  /** The kubeconfig files to look in. */
  readonly kubeconfigs: readonly string[];
  /** Chooses the proxy to the API server. A proxy in the context takes precedence. */
  readonly proxy?: ProxyChoice;
}
