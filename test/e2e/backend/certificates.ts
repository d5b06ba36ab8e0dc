/** Creates the certificates of a cluster, and of the STS that its authenticator calls, with openssl and one CA. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./run.ts";

/** Paths of a certificate and its key. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/**
 * The subject of each client certificate: control plane components have their own user, the others are administrators.
 */
const clients = {
  admin: "/O=system:masters/CN=backend-admin",
  authenticator: "/O=system:masters/CN=backend-authenticator",
  kwok: "/O=system:masters/CN=backend-kwok",
  "controller-manager": "/CN=system:kube-controller-manager",
  scheduler: "/CN=system:kube-scheduler",
} as const;

const stsDomains = ["amazonaws.com", "api.aws", "amazonaws.com.cn", "api.amazonwebservices.com.cn"];
/** The hosts of STS, global, regional and dual-stack ones. A certificate's asterisk stands for one label. */
const stsNames = (regions: readonly string[]) =>
  ["", ...regions.map((region) => `${region}.`)].flatMap((region) =>
    stsDomains.map((domain) => `*.${region}${domain}`),
  );

/** Prefix of user names that belong to the backend, not to a test. */
export const ownUsers = "backend-";

export type Client = keyof typeof clients;

export interface Certificates {
  readonly ca: string;
  readonly caText: string;
  readonly server: Pair;
  readonly sts: Pair;
  readonly serviceAccounts: { readonly key: string; readonly publicKey: string };
  readonly client: (name: Client) => Pair;
}

export async function createCertificates(folder: string, regions: readonly string[]): Promise<Certificates> {
  await mkdir(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  const pair = (name: string): Pair => ({ cert: at(`${name}.crt`), key: at(`${name}.key`) });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const ca = pair("ca");
  await run("openssl", ["req", "-x509", ...newKey, "-subj", "/CN=backend-ca", "-keyout", ca.key, "-out", ca.cert]);

  const issue = async (name: string, subject: string, extension?: string): Promise<void> => {
    const { cert, key } = pair(name);
    const signed = ["-x509", "-CA", ca.cert, "-CAkey", ca.key];
    const extensions = ["-addext", "basicConstraints=critical,CA:FALSE", ...(extension ? ["-addext", extension] : [])];
    await run("openssl", ["req", ...signed, ...newKey, "-subj", subject, ...extensions, "-keyout", key, "-out", cert]);
  };
  const serviceAccounts = { key: at("service-accounts.key"), publicKey: at("service-accounts.pub") };
  await Promise.all([
    issue("server", "/CN=kube-apiserver", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
    issue(
      "sts",
      "/CN=amazonaws.com",
      `subjectAltName=${stsNames(regions)
        .map((name) => `DNS:${name}`)
        .join(",")}`,
    ),
    ...Object.entries(clients).map(([name, subject]) => issue(name, subject)),
    run("openssl", ["genrsa", "-out", serviceAccounts.key, "2048"]).then(() =>
      run("openssl", ["rsa", "-in", serviceAccounts.key, "-pubout", "-out", serviceAccounts.publicKey]),
    ),
  ]);
  return {
    ca: ca.cert,
    caText: await readFile(ca.cert, "utf8"),
    server: pair("server"),
    sts: pair("sts"),
    serviceAccounts,
    client: pair,
  };
}

/** Writes a kubeconfig that uses a client certificate. */
export async function writeKubeconfig(path: string, server: string, ca: string, client?: Pair): Promise<string> {
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "backend", cluster: { server, "certificate-authority": ca } }],
    users: [{ name: "backend", user: client ? { "client-certificate": client.cert, "client-key": client.key } : {} }],
    contexts: [{ name: "backend", context: { cluster: "backend", user: "backend" } }],
    "current-context": "backend",
  };
  await writeFile(path, JSON.stringify(kubeconfig), { mode: 0o600 });
  return path;
}
