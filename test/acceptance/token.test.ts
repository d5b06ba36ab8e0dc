/** The cluster accepts the command's tokens, and refuses tokens with any fault. */
import { describe, expect } from "vitest";
import { deployments } from "./support/cluster.ts";
import { credentialsOf } from "./support/names.ts";
import { mint, type TokenRequest } from "./support/token.ts";
import { test } from "./support/world.ts";

const minute = 60;

describe("the cluster", () => {
  test.for<readonly [string, number, (right: TokenRequest) => TokenRequest]>([
    ["accepts a token of its creator", 200, (right) => right],
    ["accepts one of 14 minutes ago", 200, (right) => ({ ...right, age: 14 * minute })],
    ["accepts one for a dual-stack host of STS", 200, (right) => ({ ...right, host: `sts.${right.region}.api.aws` })],
    ["refuses one older than 15 minutes", 401, (right) => ({ ...right, age: 15 * minute + 5 })],
    ["refuses one for another cluster", 401, (right) => ({ ...right, cluster: "other" })],
    [
      "refuses one signed with a wrong secret",
      401,
      (right) => ({ ...right, credentials: { ...right.credentials, secretAccessKey: "guessed" } }),
    ],
    [
      "refuses one of an unknown key",
      401,
      (right) => ({ ...right, credentials: { ...right.credentials, accessKeyId: "AKIAUNKNOWN000000000" } }),
    ],
  ])("%s", async ([, status, change], { world: { backend, names } }) => {
    const token = await mint(change({ ...names, credentials: credentialsOf(backend) }));
    expect((await backend.kube("GET", deployments(), { token })).status).toBe(status);
  });
});

test("doctor --token takes a dual-stack host of STS, of its partition alone", async ({ world }) => {
  const { backend, names, run } = world;
  const right = { ...names, credentials: credentialsOf(backend) };
  const asked = async (host: string) => run("doctor --token - --json", { stdin: await mint({ ...right, host }) });
  for (const host of [`sts.${names.region}.api.aws`, `sts-fips.${names.region}.api.aws`]) {
    const { exit, stdout } = await asked(host);
    expect({ exit, token: JSON.parse(stdout) }).toMatchObject({ exit: 0, token: { host, region: names.region } });
  }
  const { exit, stderr } = await asked("sts.cn-north-1.api.aws");
  expect({ exit, error: JSON.parse(stderr) }).toMatchObject({
    exit: 2,
    error: {
      code: "TokenInvalid",
      message:
        "the cluster would refuse this token: its URL has the host sts.cn-north-1.api.aws, which is not an STS host of AWS",
    },
  });
});

describe("eks-lambda token", () => {
  const group = "client.authentication.k8s.io";

  test.for([
    ["v1beta1 when nobody says otherwise", undefined, "v1beta1"],
    [
      "v1beta1 when kubectl asks for it",
      { apiVersion: `${group}/v1beta1`, kind: "ExecCredential", spec: {} },
      "v1beta1",
    ],
    ["v1 when kubectl asks for it", { apiVersion: `${group}/v1`, kind: "ExecCredential", spec: {} }, "v1"],
  ] as const)("prints an ExecCredential, %s", async ([, info, version], { world: { names, run } }) => {
    const env = { KUBERNETES_EXEC_INFO: info && JSON.stringify(info) };
    const { exit, stdout, stderr } = await run(`token --cluster ${names.cluster}`, { env });
    expect({ exit, stderr, credential: JSON.parse(stdout) }).toEqual({
      exit: 0,
      stderr: "",
      credential: {
        apiVersion: `${group}/${version}`,
        kind: "ExecCredential",
        spec: {},
        status: {
          token: expect.stringMatching(/^k8s-aws-v1\.[\w-]+$/),
          expirationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        },
      },
    });
  });

  test("prints an accepted token, and needs no --cluster if there is only one", async ({ world }) => {
    const { stdout } = await world.run("token");
    const { token } = JSON.parse(stdout).status;
    expect((await world.backend.kube("GET", deployments(), { token })).status).toBe(200);
  });
});
