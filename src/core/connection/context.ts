/**
 * Connects through a kubeconfig context, with what kubectl supports: exec plugins, client certificates, proxies. Loaded
 * only for `--context`, because the library is large.
 */
import { dirname, resolve } from "node:path";
import { KubeConfig, type User } from "@kubernetes/client-node";
import { advice, command } from "../command.ts";
import { EksLambdaError, usageError } from "../errors.ts";
import { type Connection, type ConnectOptions, connectWith } from "../kube/connection.ts";
import { isRecord, itemsOf, openConfig } from "../kubeconfig/document.ts";
import { inFile, readKubeconfig } from "../kubeconfig/file.ts";
import type { ProxyChoice } from "./proxy.ts";
import type { ContextChoice, Reachable } from "./reachable.ts";

export async function contextConnection(
  { name, endpoint }: Reachable,
  context: string,
  choice: ContextChoice,
): Promise<Connection> {
  const config = await merged(choice.kubeconfigs);
  const contexts = config.getContexts().map((known) => known.name);
  if (!contexts.includes(context)) {
    throw usageError(
      "ContextNotFound",
      `no context named "${context}" in the kubeconfig`,
      `contexts there: ${contexts.join(", ") || "none"}`,
    );
  }
  config.setCurrentContext(context);
  const server = config.getCurrentCluster()?.server ?? "";
  if (!choice.allowOtherServer && hostOf(server) !== hostOf(endpoint)) {
    throw usageError(
      "ContextOfOtherServer",
      `the context "${context}" leads to ${server}, but the cluster "${name}" is at ${endpoint}`,
      "choose the cluster's context, or use --allow-other-server if this one is a tunnel to it",
    );
  }
  const proxied = throughProxy(config, choice.proxy);
  return connectWith(server, async () => {
    // client-node changes it for a cluster with `insecure-skip-tls-verify: true`.
    const options: ConnectOptions = { rejectUnauthorized: true };
    await proxied.applyToHTTPSOptions(options).catch((error: NodeJS.ErrnoException) => {
      throw unusable(context, error);
    });
    const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value).trim()]);
    return { ...options, headers: Object.fromEntries(headers) };
  });
}

/** For a command that is not installed, fails, or prints something else, which may be a secret. */
function unusable(context: string, cause: NodeJS.ErrnoException): EksLambdaError {
  const { code, syscall = "", name } = cause;
  const plugin = syscall.startsWith("spawn ") ? syscall.slice("spawn ".length) : undefined;
  const printed = name === "SyntaxError" && "its command did not print an ExecCredential";
  const absent = code === "ENOENT" && plugin && `its command ${plugin} is not installed`;
  const reason = printed || absent || cause.message.trim() || "its command failed without a message";
  return new EksLambdaError("ContextUnusable", `the context "${context}" gives no credentials: ${reason}`, {
    hint: advice`\`${command`kubectl --context ${context} auth whoami`}\` has to work; or use your AWS identity, without --context`,
    cause,
  });
}

/** Adds the proxy from the environment if the context has none. */
function throughProxy(config: KubeConfig, proxyFor: ProxyChoice | undefined): KubeConfig {
  const current = config.getCurrentCluster();
  const proxy = current && !current.proxyUrl && URL.canParse(current.server) && proxyFor?.(new URL(current.server));
  if (proxy) config.clusters = config.clusters.map((one) => (one === current ? { ...one, proxyUrl: proxy.href } : one));
  return config;
}

/** Merges like kubectl: the first of several entries with the same name counts. */
async function merged(paths: readonly string[]): Promise<KubeConfig> {
  const config = new KubeConfig();
  config.loadFromOptions({ clusters: [], users: [], contexts: [], currentContext: "" });
  for (const path of paths) {
    const one = await loaded(path);
    for (const cluster of one.getClusters()) if (!config.getCluster(cluster.name)) config.addCluster(cluster);
    for (const user of one.getUsers()) if (!config.getUser(user.name)) config.addUser(user);
    for (const known of one.getContexts()) if (!config.getContextObject(known.name)) config.addContext(known);
  }
  return config;
}

async function loaded(path: string): Promise<KubeConfig> {
  const text = (await readKubeconfig(path)) ?? "";
  const { config: content } = inFile(path, () => openConfig(text));
  const config = new KubeConfig();
  try {
    config.loadFromString(JSON.stringify(content));
  } catch (cause) {
    throw new EksLambdaError("KubeconfigInvalid", `kubeconfig ${path}: ${(cause as Error).message}`, {
      hint: "fix the file, or set KUBECONFIG to another",
      cause,
    });
  }
  config.makePathsAbsolute(dirname(path));
  const written = itemsOf(content, "users");
  config.users = config.users.map((user, at) => withTokenFile(user, written[at]?.user, dirname(path)));
  return config;
}

/** client-node does not know `tokenFile`, which takes precedence over `token`. */
function withTokenFile(user: User, written: unknown, folder: string): User {
  if (!isRecord(written) || typeof written.tokenFile !== "string") return user;
  const { token: _, ...others } = user;
  const tokenFile = resolve(folder, written.tokenFile);
  return { ...others, authProvider: { name: "tokenFile", config: { tokenFile } } };
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
