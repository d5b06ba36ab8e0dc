/**
 * Chooses the proxy for a server from the environment, by kubectl's rules.
 * Source: https://pkg.go.dev/golang.org/x/net/http/httpproxy
 */
import type { Agent, AgentOptions } from "node:https";
import { BlockList, isIP } from "node:net";
import { HttpsProxyAgent } from "hpagent";
import { EksLambdaError, usageError } from "../errors.ts";
import type { Environment } from "../kube/cluster.ts";

/** Returns the proxy for a server, if there is one. */
export type ProxyChoice = (server: URL) => URL | undefined;

/** The first that is set counts. */
const variables = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] as const;

/** Throws `ProxyInvalid`. Messages never contain the proxy's user and password. */
export function proxyFor({ hostname, port }: URL, environment: Environment): URL | undefined {
  const variable = variables.find((name) => environment[name]);
  const value = variable && environment[variable]?.trim();
  if (!value) return undefined;
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const exempt = environment.NO_PROXY || environment.no_proxy || "";
  if (isExempt(host, port || "443", exempt)) return undefined;
  const text = value.includes("://") ? value : `http://${value}`;
  if (!URL.canParse(text)) throw proxyInvalid(variable, "is not a URL");
  const proxy = new URL(text);
  if (!/^https?:$/.test(proxy.protocol)) throw proxyInvalid(variable, `has the scheme ${proxy.protocol}//`);
  return proxy;
}

const proxyInvalid = (variable: string, why: string): EksLambdaError =>
  usageError(
    "ProxyInvalid",
    `the proxy in ${variable} cannot be used: it ${why}`,
    `set ${variable} to http://HOST:PORT or https://HOST:PORT, or NO_PROXY to the hosts that need no proxy`,
  );

/** Connections to this computer use no proxy. */
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

const within = (list: BlockList, host: string): boolean =>
  isIP(host) !== 0 && list.check(host, isIP(host) === 6 ? "ipv6" : "ipv4");

function isExempt(host: string, port: string, noProxy: string): boolean {
  if (host === "localhost" || within(loopback, host)) return true;
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== "" && names(entry, host, port));
}

/** `*`, an address, a network in CIDR notation, a domain and all below it, or with a leading dot only what is below it. */
function names(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const [, network = "", bits] = /^([\da-f:.]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const version = isIP(network);
  if (version !== 0 && Number(bits) <= (version === 6 ? 128 : 32)) {
    const list = new BlockList();
    list.addSubnet(network, Number(bits), version === 6 ? "ipv6" : "ipv4");
    return within(list, host);
  }
  const [, bracketed, plain = "", entryPort] = /^(?:\[([^\]]+)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  const name = (bracketed ?? plain).replace(/^\*/, "");
  if (name.startsWith(".")) return host.endsWith(name);
  return host === name || (name !== "" && host.endsWith(`.${name}`));
}

/** The error code for failures before the proxy has connected to the server. */
const failed = "EPROXY";

/**
 * Connects to a server through a proxy with CONNECT. `options` apply to the TLS connection to the server. Verifies both,
 * for the proxy may get a password.
 */
export class ProxyAgent extends HttpsProxyAgent {
  readonly #host: string;

  constructor(proxy: URL, options: AgentOptions = {}) {
    const rejectUnauthorized = true;
    super({ ...options, proxy, keepAlive: true, rejectUnauthorized, proxyRequestOptions: { rejectUnauthorized } });
    this.#host = proxy.host;
  }

  override createConnection(...[options, callback]: Parameters<Agent["createConnection"]>): undefined {
    super.createConnection({ ...options, timeout: connectMs }, (error, socket) => {
      const status = /^Bad response: (\d+)$/.exec(error?.message ?? "")?.[1];
      const what = status === undefined ? `does not answer: ${error?.message}` : `answered ${status}`;
      const refused = new Error(`the proxy ${this.#host} ${what}`, { cause: error });
      callback?.(error ? Object.assign(refused, { code: failed }) : null, socket);
    });
  }
}

const connectMs = 10_000;

/** Returns `ProxyFailed` for an error of `ProxyAgent`, else `undefined`. */
export function proxyFailure(
  error: Error & { readonly code?: string | undefined },
  host: string,
): EksLambdaError | undefined {
  if (error.code !== failed) return undefined;
  return new EksLambdaError("ProxyFailed", `${error.message}, on the way to ${host}`, {
    hint: /answered 407$/.test(error.message)
      ? "give the proxy your user and password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"
      : `check HTTPS_PROXY, or bypass the proxy: NO_PROXY=${host.replace(/:\d+$/, "")}`,
    cause: error,
  });
}
