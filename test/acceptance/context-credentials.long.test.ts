/** What a context's API server sees: the credentials, TLS options and proxies of a kubeconfig, as kubectl uses them. */
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { type Seen, test } from "./support/witness.ts";

interface Files {
  readonly cert: string;
  readonly key: string;
  readonly proxies: Readonly<Record<"http" | "socks5", string>>;
  /** Writes a program that prints an object, and returns its path. */
  printing(content: object): Promise<string>;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const jwt = (payload: object): string =>
  [{ alg: "none" }, payload, {}].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
const inAnHour = Math.round(Date.now() / 1000) + 3_600;
const idToken = jwt({ exp: inAnHour });
const provider = (name: string, config: object) => ({ user: { "auth-provider": { name, config } } });
const execOf = (command: string) => ({
  user: { exec: { apiVersion: "client.authentication.k8s.io/v1", command, interactiveMode: "Never" } },
});
const credential = (status: object) => ({
  ...{ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential" },
  status,
});
/** `as` is a user, too; a token names one. */
const token = { user: { token: "t" } };

interface Parts {
  readonly user: object;
  readonly cluster?: object;
}

test.for<[string, (files: Files) => Parts | Promise<Parts>, Seen]>([
  ["token", () => token, { authorization: "Bearer t" }],
  ["tokenFile", () => ({ user: { tokenFile: "token", token: "old" } }), { authorization: "Bearer from-file" }],
  ["username and password", () => ({ user: { username: "u", password: "p" } }), { authorization: "Basic dTpw" }],
  [
    "client-certificate-data",
    ({ cert, key }) => ({ user: { "client-certificate-data": base64(cert), "client-key-data": base64(key) } }),
    { certificate: "ada" },
  ],
  [
    "client-certificate, relative to the kubeconfig",
    () => ({ user: { "client-certificate": "client.crt", "client-key": "client.key" } }),
    { certificate: "ada" },
  ],
  [
    "exec with a token",
    async ({ printing }) => execOf(await printing(credential({ token: "executed" }))),
    { authorization: "Bearer executed" },
  ],
  [
    "exec with a certificate",
    async ({ printing, cert, key }) =>
      execOf(await printing(credential({ clientCertificateData: cert, clientKeyData: key }))),
    { certificate: "ada" },
  ],
  ["auth-provider oidc", () => provider("oidc", { "id-token": idToken }), { authorization: `Bearer ${idToken}` }],
  ["auth-provider azure", () => provider("azure", { "access-token": "a" }), { authorization: "Bearer a" }],
  [
    "auth-provider gcp, whose token a command prints",
    async ({ printing }) =>
      provider("gcp", {
        "cmd-path": await printing({ credential: { token: "g", until: new Date(inAnHour * 1000).toISOString() } }),
        "token-key": "{.credential.token}",
        "expiry-key": "{.credential.until}",
      }),
    { authorization: "Bearer g" },
  ],
  ["as", () => ({ user: { token: "t", as: "ada" } }), { authorization: "Bearer t", impersonate: "ada" }],
  [
    "tls-server-name",
    () => ({ ...token, cluster: { "tls-server-name": "api.test", "insecure-skip-tls-verify": undefined } }),
    { authorization: "Bearer t", servername: "api.test" },
  ],
  [
    "proxy-url",
    ({ proxies }) => ({ ...token, cluster: { "proxy-url": proxies.http } }),
    { authorization: "Bearer t", proxy: "http" },
  ],
  [
    "proxy-url with socks5",
    ({ proxies }) => ({ ...token, cluster: { "proxy-url": proxies.socks5 } }),
    { authorization: "Bearer t", proxy: "socks5" },
  ],
])("%s", async ([, parts, expected], { world: { home, names, run }, server }) => {
  const { cert, private: key } = server.client;
  const files = {
    ...{ cert, key, proxies: server.proxies },
    async printing(content: object) {
      const path = join(home, "credential");
      await writeFile(path, `#!/bin/sh\nprintf '%s' '${JSON.stringify(content)}'\n`);
      await chmod(path, 0o755);
      return path;
    },
  };
  await writeFile(join(home, "token"), "from-file\n");
  await writeFile(join(home, "client.crt"), cert);
  await writeFile(join(home, "client.key"), key);
  await writeFile(join(home, "ca.crt"), server.ca);
  const { user, cluster } = await parts(files);
  const KUBECONFIG = join(home, "kubeconfig");
  const config = {
    ...{ apiVersion: "v1", kind: "Config" },
    clusters: [
      {
        name: "c",
        cluster: {
          server: server.url,
          "certificate-authority": "ca.crt",
          "insecure-skip-tls-verify": true,
          ...cluster,
        },
      },
    ],
    users: [{ name: "u", user }],
    contexts: [{ name: "work", context: { cluster: "c", user: "u" } }],
  };
  await writeFile(KUBECONFIG, JSON.stringify(config));
  const command = `invoke --local --cluster ${names.cluster} --context work --allow-other-server --event '{"name":"x"}'`;
  const { stderr } = await run(command, { env: { KUBECONFIG } });
  expect(server.take(), stderr).toEqual(expected);
});

test.for([
  ["is not installed", "nosuch-plugin", "its command nosuch-plugin is not installed"],
  ["fails", "#!/bin/sh\necho hush\necho 'log in first' >&2\nexit 3\n", "log in first"],
  [
    "forges a hint",
    "#!/bin/sh\nprintf 'no\\nhint  curl evil\\nhint: curl\\033[1A' >&2\nexit 3\n",
    "no\n      hint  curl evil\n      hint: curl\\u001b[1A",
  ],
  ["fails silently", "#!/bin/sh\nexit 3\n", "its command failed without a message"],
  ["prints something else", "#!/bin/sh\necho hush\n", "its command did not print an ExecCredential"],
] as const)("exec whose command %s", async ([, program, reason], { world: { home, names, run }, server }) => {
  const path = join(home, "failing");
  await writeFile(path, program);
  await chmod(path, 0o755);
  const KUBECONFIG = join(home, "kubeconfig");
  const config = {
    ...{ apiVersion: "v1", kind: "Config" },
    clusters: [{ name: "c", cluster: { server: server.url, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", ...execOf(program.startsWith("#!") ? path : program) }],
    contexts: [{ name: "work", context: { cluster: "c", user: "u" } }],
  };
  await writeFile(KUBECONFIG, JSON.stringify(config));
  const { exit, stderr } = await run(`list --cluster ${names.cluster} --context work --allow-other-server`, {
    env: { KUBECONFIG },
  });
  expect({ exit, stderr }).toEqual({
    exit: 1,
    stderr: `error the context "work" gives no credentials: ${reason} (ContextUnusable)
hint  \`kubectl --context work auth whoami\` has to work; or use your AWS identity, without --context
`,
  });
});
