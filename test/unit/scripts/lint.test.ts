/** The project's own lint rules refuse what they are for, and nothing else. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../support/temporary.ts";

interface Override {
  readonly includes: readonly string[];
  readonly plugins?: readonly (string | { readonly path: string })[];
}

/** The samples, by their names, that our rules for src refuse, with the message of the last one. */
async function refused(samples: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder();
  const { overrides } = JSON.parse(await readFile("biome.json", "utf8")) as { overrides: readonly Override[] };
  const plugins = overrides
    .filter(({ includes }) => includes.includes("src/**"))
    .flatMap((override) => override.plugins ?? [])
    .map((plugin) => resolve(typeof plugin === "string" ? plugin : plugin.path));
  await writeFile(join(folder, "biome.json"), JSON.stringify({ root: true, plugins }));
  const names = Object.keys(samples);
  await Promise.all(names.map((name, at) => writeFile(join(folder, `${at}.ts`), samples[name] ?? "")));
  const flags = ["lint", "--only=plugin", "--reporter=json", "--max-diagnostics=none", "."];
  const { stdout } = await promisify(execFile)(resolve("node_modules/.bin/biome"), flags, { cwd: folder }).catch(
    (failed) => failed,
  );
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: readonly { readonly location: { readonly path: string }; readonly message: string }[];
  };
  const found = diagnostics.map(({ location }) => names[Number.parseInt(location.path, 10)]);
  return { found: [...new Set(found)].sort(), message: diagnostics.at(-1)?.message };
}

const https = 'import { Agent, request } from "node:https";';
const tls = 'import { connect } from "node:tls";';
const handler = 'import { NodeHttpHandler } from "@smithy/node-http-handler";';

const unverified = {
  "an agent": `${https} new Agent({ keepAlive: true });`,
  "an agent without options": `${https} new Agent();`,
  "an agent of the whole module": 'import https from "node:https"; new https.Agent({});',
  "an agent that does not verify": `${https} new Agent({ rejectUnauthorized: false });`,
  "a request": `${https} request("https://x", { method: "GET" });`,
  "a request of the whole module": 'import https from "node:https"; https.get("https://x");',
  "a socket": `${tls} connect({ host: "x" });`,
  "a proxy's agent": 'import { HttpsProxyAgent } from "hpagent"; new HttpsProxyAgent({ proxy });',
  "an agent's subclass":
    'import { HttpsProxyAgent } from "hpagent"; class A extends HttpsProxyAgent { constructor() { super({ proxy }); } }',
  "a client of AWS": `${handler} new NodeHttpHandler({ requestTimeout: 1 });`,
  "a subclass of it": `${handler} class A extends NodeHttpHandler { constructor() { super({}); } }`,
  fetch: 'await fetch("https://x");',
};

const verified = {
  "an agent that verifies": `${https} new Agent({ keepAlive: true, rejectUnauthorized: true });`,
  "a request that verifies": `${https} request("https://x", { rejectUnauthorized: true });`,
  "a request with an agent": `${https} request(url, { agent });`,
  "a request of something else": 'import { request } from "./other.ts"; await request({ path });',
  "a method named request": `${https} kube.request({ path });`,
  "a client of AWS with an agent": `${handler} new NodeHttpHandler({ httpsAgent: new ProxyAgent(proxy) });`,
};

test("TLS without verification is refused", async () =>
  expect(await refused({ ...unverified, ...verified })).toEqual({
    found: Object.keys(unverified).sort(),
    message: expect.stringContaining("NODE_TLS_REJECT_UNAUTHORIZED=0"),
  }));

const spread = {
  "numbers to compare": "Math.max(0, ...sizes);",
  "items to add": "all.push(...page.items);",
  "arguments of a constructor": "new Thing(...parts);",
};

const spreadElsewhere = {
  "an array in an array": "new Set([...one, ...other]);",
  "an object in an object": "send({ ...options });",
  parameters: "const log = (...words) => print(words);",
};

test("an array that becomes arguments is refused", async () =>
  expect(await refused({ ...spread, ...spreadElsewhere })).toEqual({
    found: Object.keys(spread).sort(),
    message: expect.stringContaining("overflows the stack"),
  }));

const unpaged = {
  "a paginator": 'import { EKSClient, paginateListClusters } from "@aws-sdk/client-eks";',
  "one page of a list": "client.send(new ListClustersCommand({}));",
};

const paged = {
  "each page": 'pagesOf("eks:ListClusters", (nextToken) => client.send(new ListClustersCommand({ nextToken })));',
  "one object": "client.send(new DescribeClusterCommand({}));",
};

test("lists of AWS that may not end, or are not read to their end, are refused", async () =>
  expect(await refused({ ...unpaged, ...paged })).toEqual({
    found: Object.keys(unpaged).sort(),
    message: expect.stringContaining("pagesOf"),
  }));

const recursive = {
  mkdir: "await mkdir(path, { recursive: true });",
  "mkdir with a mode": "await mkdir(path, { mode: 0o700, recursive: true });",
  "mkdir of a variable": "await mkdir(path, { recursive });",
  mkdirSync: "mkdirSync(path, { recursive: true });",
  "mkdirSync of the module": "fs.mkdirSync(path, { recursive: true });",
  "mkdir of promises": "await fs.promises.mkdir(path, { recursive: true });",
};

const notRecursive = {
  "one folder": "await mkdir(path, { mode: 0o700 });",
  "one folder at once": "mkdirSync(path);",
  "a tree to remove": "await rm(path, { recursive: true, force: true });",
};

test("folders that are made recursively are refused", async () =>
  expect(await refused({ ...recursive, ...notRecursive })).toEqual({
    found: Object.keys(recursive).sort(),
    message: expect.stringContaining("makeFolder"),
  }));

/** `#` stands for `$`, so that these are no templates of this file. */
const samplesOf = (all: readonly string[]) =>
  Object.fromEntries(all.map((text) => [text, `export const a = ${text.replaceAll("#", "$")};`]));

test("a name that becomes part of a path as text is refused", async () => {
  const wrong = [
    "(namespace) => `/api/v1/namespaces/#{namespace}`",
    "`#{root}/namespaces/#{namespace}/pods`",
    '"/apis/apps/v1/namespaces/" + namespace',
    "kube.request({ path: `#{siblings}/#{name}` })",
    'kube.request({ path: siblings + "/" + name })',
  ];
  const right = [
    'kube.request({ path: "/apis" })',
    "kube.request({ path: `/apis/apps/v1/deployments` })",
    "kube.request({ path: pathTo({ ...siblings, name }) })",
    "`#{namespace}/#{name}`",
  ];
  expect(await refused(samplesOf([...wrong, ...right]))).toEqual({
    found: wrong.toSorted(),
    message: expect.stringContaining("pathTo"),
  });
});
