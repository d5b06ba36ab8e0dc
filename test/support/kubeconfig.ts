/** Writes a kubeconfig with one context. */
import { writeFile } from "node:fs/promises";

interface Api {
  readonly endpoint: string;
  /** In base64. */
  readonly ca: string;
  readonly token: string;
}

export function writeKubeconfig(path: string, { endpoint, ca, token }: Api): Promise<void> {
  const name = "tested";
  const config = {
    ...{ apiVersion: "v1", kind: "Config", "current-context": name },
    clusters: [{ name, cluster: { server: endpoint, "certificate-authority-data": ca } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  return writeFile(path, JSON.stringify(config), { mode: 0o600 });
}
