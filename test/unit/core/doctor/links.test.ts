/** What single links say of what they found. */
import { describe, expect, test } from "vitest";
import { refuseSkew } from "../../../../src/core/clock.ts";
import { outdated } from "../../../../src/core/doctor/deployed-function.ts";
import { rightMissing } from "../../../../src/core/doctor/rbac.ts";
import { lastErrors, seenFromInside } from "../../../../src/core/doctor/view.ts";
import { EksLambdaError } from "../../../../src/core/errors.ts";

describe("the token", () => {
  test.each([
    [301_000, "this computer's clock is 301 s ahead of the API server's"],
    [-301_000, "this computer's clock is 301 s behind the API server's"],
  ])("%d ms", (skew, message) => expect(() => refuseSkew(skew)).toThrow(message));
  test.each([-300_000, 0, 300_000, Number.NaN])("accepts a clock that differs by %d ms", (skew) =>
    expect(() => refuseSkew(skew)).not.toThrow(),
  );
});

describe("the function's configuration", () => {
  const network = {
    public: true,
    private: false,
    publicCidrs: [],
    vpcId: undefined,
    subnetIds: [],
    fullSubnetIds: [],
    securityGroupId: undefined,
  };
  const cluster = { name: "demo", endpoint: "https://new.example", ca: "bmV3", network };
  const roleArn = "arn:aws:iam::111122223333:role/f";
  const configuration = {
    runtime: "nodejs24.x",
    timeoutMs: 30_000,
    state: "Active",
    reason: undefined,
    isProtected: false,
    roleArn,
    subnetIds: [],
    environment: { CLUSTER_NAME: "demo", CLUSTER_ENDPOINT: "https://new.example", CLUSTER_CA: "bmV3" },
  };
  test.each([
    ["as it should be", configuration, cluster, []],
    [
      "another endpoint",
      { ...configuration, environment: { ...configuration.environment, CLUSTER_ENDPOINT: "https://old.example" } },
      cluster,
      ['CLUSTER_ENDPOINT is "https://old.example", not "https://new.example"'],
    ],
    [
      "another CA",
      { ...configuration, environment: { ...configuration.environment, CLUSTER_CA: "b2xk" } },
      cluster,
      ["CLUSTER_CA is not the cluster's current CA"],
    ],
    [
      "no environment",
      { ...configuration, environment: {} },
      cluster,
      [
        'CLUSTER_NAME is not set, not "demo"',
        'CLUSTER_ENDPOINT is not set, not "https://new.example"',
        "CLUSTER_CA is not the cluster's current CA",
      ],
    ],
    [
      "another role",
      { ...configuration, roleArn: "arn:aws:iam::111122223333:role/g" },
      cluster,
      [`it runs as arn:aws:iam::111122223333:role/g, not as ${roleArn}`],
    ],
    [
      "an old runtime",
      { ...configuration, runtime: "nodejs18.x" },
      cluster,
      ["its runtime nodejs18.x is no longer supported"],
    ],
    [
      "outside of a private cluster",
      configuration,
      { ...cluster, network: { ...network, public: false } },
      ["the cluster's endpoint is private, and the function is in no VPC"],
    ],
    [
      "inside of a private cluster",
      { ...configuration, subnetIds: ["subnet-1"] },
      { ...cluster, network: { ...network, public: false } },
      [],
    ],
  ])("%s", (_, configuration, cluster, problems) =>
    expect(outdated(configuration, cluster, roleArn)).toEqual(problems),
  );
});

describe("a right that is missing", () => {
  const need = { group: "apps", resource: "deployments", verbs: ["create"], namespace: "web" };
  test("of the function's user hints at setup, in the function's own namespace", () =>
    expect(rightMissing("lambda", need, "shop")).toMatchObject({
      code: "RightMissing",
      message: '"lambda" may not create deployments.apps @web',
      hint: "eks-lambda setup --namespace shop creates Role and RoleBinding",
    }));
});

describe("the function's own view", () => {
  const error = (code: string) => new EksLambdaError(code, "no answer from the API server", { hint: "the usual" });
  test("shows the function's own error", () =>
    expect(seenFromInside(error("Unauthorized"), "", ["subnet-1"])).toMatchObject({
      code: "Unauthorized",
      message: "the function says: no answer from the API server",
      hint: "the usual",
    }));
  test.each(["Timeout", "DnsFailed", "Sandbox.Timedout"])("%s in a VPC asks for a route", (code) =>
    expect(seenFromInside(error(code), "", ["subnet-1", "subnet-2"]).hint).toMatch(
      /^the function runs in subnet-1, subnet-2: check for a route .*Values=subnet-1,subnet-2$/,
    ),
  );
  test("Timeout outside of a VPC has the usual hint", () =>
    expect(seenFromInside(error("Timeout"), "", []).hint).toBe("the usual"));
  test("includes errors from the log", () =>
    expect(
      seenFromInside(error("Runtime.ImportModuleError"), "START\nError: Cannot find module 'x'\nEND\n", []).hint,
    ).toBe("the usual\nlog: Error: Cannot find module 'x'"));
  test("shows the log's last three errors, shortened and without duplicates", () =>
    expect(
      lastErrors(
        [
          "error 1",
          'ERROR {"message":"say \\"hi\\""}',
          "fine",
          "error 2",
          "Task timed out",
          `error ${"x".repeat(400)}`,
        ].join("\n"),
        'say "hi"',
      ),
    ).toEqual(["error 2", "Task timed out", `error ${"x".repeat(293)}…`]));
});
