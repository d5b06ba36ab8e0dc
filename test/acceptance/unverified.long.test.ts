/** NODE_TLS_REJECT_UNAUTHORIZED=0, which Node obeys, sends no credentials to a server that nobody verified. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { type startWitness, test } from "./support/witness.ts";
import type { World } from "./support/world.ts";

type Server = Awaited<ReturnType<typeof startWitness>>;
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const expired = [{ alg: "none" }, { exp: 1 }, {}]
  .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
  .join(".");

interface Context {
  readonly cluster: object;
  readonly user?: object;
}

/** Flags and environment for a context that leads to the server. */
async function through({ home }: World, { url }: Server, { cluster, user = { token: "t" } }: Context) {
  const KUBECONFIG = join(home, "kubeconfig");
  const config = {
    clusters: [{ name: "c", cluster: { server: url, ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "work", context: { cluster: "c", user: "u" } }],
  };
  await writeFile(KUBECONFIG, JSON.stringify(config));
  return { flags: " --context work --allow-other-server", env: { KUBECONFIG } };
}

interface Asked {
  readonly flags?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const otherCa = ({ client }: Server) => ({ "certificate-authority-data": base64(client.cert) });
const noKeys = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_SESSION_TOKEN: undefined };

test.for<[string, string, (world: World, server: Server) => Promise<Asked>]>([
  [
    "the caller's token",
    "TlsFailed",
    async ({ backend, names }, { url, client }) => {
      await backend.describe(names.cluster, { endpoint: url, ca: base64(client.cert) });
      return {};
    },
  ],
  ["a context", "TlsFailed", (world, server) => through(world, server, { cluster: otherCa(server) })],
  [
    "a context with a proxy",
    "TlsFailed",
    (world, server) => through(world, server, { cluster: { ...otherCa(server), "proxy-url": server.proxies.http } }),
  ],
  [
    "a context with a SOCKS proxy",
    "TlsFailed",
    (world, server) => through(world, server, { cluster: { ...otherCa(server), "proxy-url": server.proxies.socks5 } }),
  ],
  [
    "a context whose issuer renews its token",
    "ContextUnusable",
    (world, server) => {
      const config = {
        ...{ "id-token": expired, "refresh-token": "r", "client-id": "i", "client-secret": "s" },
        "idp-issuer-url": server.url,
      };
      const user = { "auth-provider": { name: "oidc", config } };
      return through(world, server, { cluster: { "insecure-skip-tls-verify": true }, user });
    },
  ],
  ["AWS", "TlsFailed", async (_, { url }) => ({ env: { AWS_ENDPOINT_URL: url } })],
  [
    "the credentials of a container",
    "[A-Za-z]+", // The SDK falls back to another provider, and reports that one's error.
    async (_, { url }) => ({
      env: {
        ...noKeys,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: "secret",
      },
    }),
  ],
])("%s", async ([, code, given], { world, server }) => {
  await world.fresh();
  const { flags = "", env } = await given(world, server);
  const command = `list --cluster ${world.names.cluster}${flags}`;
  const { exit, stderr } = await world.run(command, { env: { ...env, NODE_TLS_REJECT_UNAUTHORIZED: "0" } });
  expect({ exit, stderr }).toEqual({ exit: 1, stderr: expect.stringMatching(`^error .* \\(${code}\\)\n`) });
  expect(server.take()).toBeUndefined();
});
