/** Escape sequences in the output: from aws-auth, the cluster, AWS, an event and a kubeconfig. */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { join } from "node:path";
import { expect } from "vitest";
import { listenInTest } from "../support/server.ts";
import { putAwsAuth } from "./support/cluster.ts";
import { type Outcome, repositoryFile } from "./support/run.ts";
import { test } from "./support/world.ts";

/** Two ways to go up and delete a line, then a deleted character, then reversed text direction. */
const hostile = "\u001b[1A\u001b[2K\u009b2J\u007f\u202e";
const shown = "\\u001b[1A\\u001b[2K\\u009b2J\\u007f\\u202e";

function expectEscaped({ stdout, stderr }: Outcome): void {
  expect(stdout + stderr).not.toMatch(/(?![\t\n])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
  expect(stdout + stderr).toContain(shown);
}

test.beforeEach(({ world }) => world.fresh());

test("in aws-auth, before a change", async ({ world: { backend, names, run } }) => {
  // Quoted YAML escapes these characters.
  const entry = `- rolearn: ${names.roleArn}\n  username: "${shown}"\n`;
  await putAwsAuth(backend, { mapRoles: entry });
  expectEscaped(await run(`setup --cluster ${names.cluster} --dry-run --no-kubeconfig --access aws-auth`));
  expectEscaped(await run(`doctor --cluster ${names.cluster} --role ${names.roleArn}`));
});

test("in aws-auth, before it is restored", async ({ world: { backend, names, run } }) => {
  await putAwsAuth(backend, { mapRoles: "# as it was\n" });
  expect(await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig --access aws-auth`)).toMatchObject({
    exit: 0,
  });
  const [backup] = JSON.parse((await run("aws-auth restore --json")).stdout);
  await putAwsAuth(backend, { mapRoles: `# ${hostile}\n` });
  const outcome = await run(`aws-auth restore ${backup}`);
  expect(outcome).toMatchObject({ exit: 2, stdout: "" });
  expectEscaped(outcome);
});

test("in an event, and in the error about it", async ({ world: { names, run } }) => {
  const stdin = JSON.stringify({ name: hostile });
  const outcome = await run(`invoke --local --cluster ${names.cluster} --event -`, { stdin });
  expect(outcome.exit).not.toBe(0);
  expectEscaped(outcome);
});

/** A self-signed certificate. */
const identity = (kind: "crt" | "key") => readFileSync(repositoryFile(`test/fixtures/tls/localhost.${kind}`));

test("in an API server's Status, and as JSON", async ({ world: { backend, names, run } }) => {
  const status = {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    reason: "Forbidden",
    code: 403,
    message: hostile,
  };
  const server = createHttpsServer({ cert: identity("crt"), key: identity("key") }, (_, response) =>
    response.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify(status)),
  );
  const endpoint = `https://${(await listenInTest(server)).host}`;
  await backend.describe(names.cluster, { endpoint, ca: identity("crt").toString("base64") });
  expectEscaped(await run(`setup --cluster ${names.cluster} --yes --no-kubeconfig --access aws-auth`));
  expectEscaped(await run(`doctor --cluster ${names.cluster}`));
  const { stdout } = await run(`doctor --cluster ${names.cluster} --json`);
  expect(stdout.trim()).not.toMatch(/\p{Cc}|\u202e/u);
  expect(JSON.stringify(JSON.parse(stdout))).toContain(JSON.stringify(hostile).slice(1, -1));
});

test("in a response of AWS", async ({ world: { names, run } }) => {
  const answer = JSON.stringify({ __type: "AccessDeniedException", message: hostile, Message: hostile });
  const server = createServer((_, response) =>
    response.writeHead(403, { "content-type": "application/json" }).end(answer),
  );
  const env = { AWS_ENDPOINT_URL_EKS: `http://${(await listenInTest(server)).host}` };
  expectEscaped(await run(`setup --cluster ${names.cluster} --dry-run`, { env }));
});

test("in the name of a context", async ({ world: { home, names, run } }) => {
  const KUBECONFIG = join(home, "hostile");
  await writeFile(KUBECONFIG, `contexts:\n- name: "${shown}"\n  context: {cluster: a, user: a}\n`);
  expectEscaped(await run(`invoke --local --cluster ${names.cluster} --context work`, { env: { KUBECONFIG } }));
});
