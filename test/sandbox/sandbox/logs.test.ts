/** Followed logs: the lines that exist, then those that the container writes, until it ends. */
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { useSandbox } from "../support/sandbox.ts";

const { sandbox, kube } = useSandbox();
const pods = "/api/v1/namespaces/default/pods";

async function startPod(image = "nginx"): Promise<void> {
  const spec = { containers: [{ name: "web", image }] };
  await kube("POST", pods, { body: { metadata: { name: "web" }, spec } });
  const phase = async () => (await kube("GET", `${pods}/web`)).body.status.phase;
  await expect.poll(phase).toBe("Running");
}

/** Resolves when the answer begins; `rest` when it has ended. */
function follow(query = ""): Promise<{ readonly rest: Promise<string> }> {
  const { cluster, adminToken } = sandbox();
  const headers = { authorization: `Bearer ${adminToken}` };
  const options = { headers, ca: Buffer.from(cluster.ca, "base64") };
  return new Promise((resolve, reject) => {
    const sent = request(`${cluster.endpoint}${pods}/web/log?follow=true${query}`, options, (response) =>
      resolve({ rest: text(response) }),
    );
    sent.on("error", reject).end();
  });
}

test("a followed log has the lines so far, then each new one, and ends with the Pod", async () => {
  await startPod();
  sandbox().log({ pod: "web" }, "first\nsecond\n");
  const { rest } = await follow();
  sandbox().log({ pod: "web" }, "third\n");
  sandbox().log({ pod: "web" }, "fourth\n");
  await kube("DELETE", `${pods}/web`);
  expect(await rest).toBe("first\nsecond\nthird\nfourth\n");
});

test("tailLines counts the lines so far, not the new ones", async () => {
  await startPod();
  sandbox().log({ pod: "web" }, "first\nsecond\n");
  const { rest } = await follow("&tailLines=1");
  sandbox().log({ pod: "web" }, "third\nfourth\n");
  await kube("DELETE", `${pods}/web`);
  expect(await rest).toBe("second\nthird\nfourth\n");
});

test("timestamps=true puts a time before every line of a followed log", async () => {
  await startPod();
  sandbox().log({ pod: "web" }, "first\n");
  const { rest } = await follow("&timestamps=true");
  sandbox().log({ pod: "web" }, "second\n");
  await kube("DELETE", `${pods}/web`);
  expect(await rest).toMatch(/^\d{4}-\S+Z first\n\d{4}-\S+Z second\n$/);
});

test("a followed log ends after limitBytes", async () => {
  await startPod();
  sandbox().log({ pod: "web" }, "first\n");
  const { rest } = await follow("&limitBytes=10");
  sandbox().log({ pod: "web" }, "second\n");
  expect(await rest).toBe("first\nseco");
});

test("a followed log ends when its container exits", async () => {
  sandbox().images.set("exits", { log: "all\n", exitCode: 1 });
  const spec = { restartPolicy: "Never", containers: [{ name: "web", image: "exits" }] };
  await kube("POST", pods, { body: { metadata: { name: "web" }, spec } });
  await expect.poll(async () => (await follow()).rest).toBe("all\n");
});

test("a followed log ends when its connections are closed", async () => {
  await startPod();
  const { rest } = await follow();
  sandbox().disconnect();
  await expect(rest).rejects.toThrow("aborted");
});
