/** HTTPS_PROXY and NO_PROXY for AWS and the API server. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { apiHost, awsHost, behindProxy, type Proxied } from "./support/proxy.ts";
import { test, type World } from "./support/world.ts";

async function proxied(world: World, options?: Parameters<typeof behindProxy>[1]): Promise<Proxied> {
  await world.fresh();
  const started = await behindProxy(world, options);
  onTestFinished(started.stop);
  return started;
}

/** Links that need AWS or the API server before setup. */
async function links({ run }: World, env: Readonly<Record<string, string>>, flags = ""): Promise<unknown> {
  const { stdout, stderr } = await run(`doctor --json ${flags}`, { env });
  expect(stderr).toBe("");
  const { findings } = JSON.parse(stdout) as { findings: readonly { link: string; status: string; code?: string }[] };
  return Object.fromEntries(findings.slice(0, 6).map(({ link, status, code }) => [link, code ?? status]));
}
const sound = { credentials: "ok", cluster: "ok", endpoint: "ok", token: "ok", caller: "ok", stack: "NotSetUp" };

test("AWS and the API server are reached through the proxy", async ({ world }) => {
  const { env, asked } = await proxied(world);
  expect(await links(world, env)).toEqual(sound);
  expect([...asked].sort()).toEqual([apiHost, awsHost]);
});

test("a proxy with user and password", async ({ world }) => {
  const { env } = await proxied(world, { login: "ada:secret" });
  expect(await links(world, env)).toEqual(sound);
});

test("a context without a proxy uses it, too", async ({ world }) => {
  const { env, asked } = await proxied(world);
  const { backend, names, home } = world;
  const cluster = { server: `https://${apiHost}`, "insecure-skip-tls-verify": true };
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1beta1",
    command: "eks-lambda",
    args: ["token", "--cluster", names.cluster, "--region", backend.region],
    interactiveMode: "Never",
  };
  const KUBECONFIG = join(home, "kubeconfig.json");
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user: { exec } }],
    contexts: [{ name: "work", context: { cluster: "c", user: "u" } }],
  };
  await writeFile(KUBECONFIG, JSON.stringify(kubeconfig));
  expect(await links(world, { ...env, KUBECONFIG }, "--context work")).toEqual(sound);
  expect([...asked].sort()).toEqual([apiHost, awsHost]);
});

test("hosts of NO_PROXY are connected to directly", async ({ world }) => {
  const { env, asked } = await proxied(world);
  expect(await links(world, { ...env, NO_PROXY: apiHost })).toMatchObject({ cluster: "ok", endpoint: "DnsFailed" });
  expect([...asked]).toEqual([awsHost]);
  expect(await links(world, { ...env, NO_PROXY: ".eks.test" })).toMatchObject({ credentials: "AwsUnreachable" });
});

test("a proxy that refuses is named, and its password is not", async ({ world }) => {
  const { env, address } = await proxied(world, { login: "ada:secret" });
  const HTTPS_PROXY = env.HTTPS_PROXY?.replace("secret", "wrong") ?? "";
  expect(await world.run("token --cluster demo", { env: { ...env, HTTPS_PROXY } })).toMatchObject({ exit: 0 });
  expect(await world.run("setup --yes", { env: { ...env, HTTPS_PROXY } })).toEqual({
    exit: 1,
    stdout: "",
    stderr: `error the proxy ${address} answered 407, on the way to ${awsHost} (ProxyFailed)\nhint  give the proxy your user and password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT\n`,
  });
});

test("a proxy that does not listen", async ({ world }) => {
  const { env, stop, address } = await proxied(world);
  await stop();
  expect(await world.run("setup --yes", { env })).toEqual({
    exit: 1,
    stdout: "",
    stderr: `error the proxy ${address} does not answer: connect ECONNREFUSED ${address}, on the way to ${awsHost} (ProxyFailed)\nhint  check HTTPS_PROXY, or bypass the proxy: NO_PROXY=${awsHost}\n`,
  });
});

test("a proxy with an unsupported scheme", async ({ world }) => {
  const { env } = await proxied(world);
  expect(await world.run("setup --yes", { env: { ...env, HTTPS_PROXY: "socks5://127.0.0.1:1080" } })).toEqual({
    exit: 2,
    stdout: "",
    stderr:
      "error the proxy in HTTPS_PROXY cannot be used: it has the scheme socks5:// (ProxyInvalid)\nhint  set HTTPS_PROXY to http://HOST:PORT or https://HOST:PORT, or NO_PROXY to the hosts that need no proxy\n",
  });
});
