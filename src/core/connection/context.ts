/**
 * Connects through a kubeconfig context, with what kubectl supports: exec plugins, client certificates, proxies. Loaded
 * only for `--context`, because the library is large.
 */
import { dirname } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { EksLambdaError, usageError } from "../errors.ts";
import { type Connection, connectWith } from "../kube/connection.ts";
import { openConfig } from "../kubeconfig/document.ts";
import { inFile, readKubeconfig } from "../kubeconfig/file.ts";
import type { ProxyChoice } from "../proxy.ts";
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
    const options = {};
    await proxied.applyToHTTPSOptions(options);
    return options;
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
  inFile(path, () => openConfig(text));
  const config = new KubeConfig();
  try {
    config.loadFromString(text.trim() || "{}");
  } catch (cause) {
    throw new EksLambdaError("KubeconfigInvalid", `kubeconfig ${path}: ${(cause as Error).message}`, {
      hint: "fix the file, or set KUBECONFIG to another",
      cause,
    });
  }
  config.makePathsAbsolute(dirname(path));
  return config;
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
