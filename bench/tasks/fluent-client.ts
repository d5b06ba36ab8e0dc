/** The client reads a kubeconfig for each request and supports no other connection, so the function writes one. */
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeConfig } from "../support/smithy-token.ts";
import { podsOf } from "./clients/fluent-client.ts";

export * from "./clients/fluent-client.ts";

let written: unknown;

/** The namespace. */
export async function connection(): Promise<string> {
  const config = await kubeConfig();
  if (config === written) return "default";
  process.env.KUBECONFIG = join(tmpdir(), `kubeconfig-${process.pid}`);
  await writeFile(process.env.KUBECONFIG, config.exportConfig(), { mode: 0o600 });
  written = config;
  return "default";
}

export const handler = async (): Promise<unknown> => podsOf(await connection(), "app=web");
