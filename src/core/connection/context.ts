/**
 * A context of a kubeconfig, with all that kubectl can do: exec plugins, client certificates, proxies. Loaded only
 * when one is asked for, because the library is larger than all the rest.
 */
import { KubeConfig } from "@kubernetes/client-node";
import { EksLambdaError, usageError } from "../errors.ts";
import { type Connection, connectWith } from "../kube/connection.ts";
import type { ContextChoice, Reachable } from "./caller.ts";

export function contextConnection({ name, endpoint }: Reachable, context: string, choice: ContextChoice): Connection {
  const config = new KubeConfig();
  if (choice.kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(choice.kubeconfig);
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
    throw new EksLambdaError(
      "ContextOfOtherServer",
      `the context "${context}" is of ${server}, and the cluster "${name}" is at ${endpoint}`,
      {
        hint: "choose the cluster's context, or say with --allow-other-server that this one is a tunnel to it",
        exitCode: 2,
      },
    );
  }
  return connectWith(server, async () => {
    const options = {};
    await config.applyToHTTPSOptions(options);
    return options;
  });
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
