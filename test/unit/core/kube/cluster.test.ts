import { describe, expect, test } from "vitest";
import { clusterFromEnvironment } from "../../../../src/core/kube/cluster.ts";

const environment = {
  CLUSTER_NAME: "demo",
  CLUSTER_ENDPOINT: "https://example.com",
  CLUSTER_CA: "Q0E=",
  CLUSTER_NAMESPACE: "apps",
};

describe("the function's environment", () => {
  test("identifies the cluster", () =>
    expect(clusterFromEnvironment(environment)).toEqual({
      name: "demo",
      endpoint: "https://example.com",
      ca: "Q0E=",
      namespace: "apps",
    }));

  test.each([undefined, ""])("uses the namespace `default` for %j", (namespace) =>
    expect(clusterFromEnvironment({ ...environment, CLUSTER_NAMESPACE: namespace }).namespace).toBe("default"),
  );

  test.each(
    ["CLUSTER_NAME", "CLUSTER_ENDPOINT", "CLUSTER_CA"].flatMap(
      (variable) =>
        [
          [variable, undefined],
          [variable, ""],
        ] as const,
    ),
  )("without %s (%j) is refused by that name", (variable, value) =>
    expect(() => clusterFromEnvironment({ ...environment, [variable]: value })).toThrowError(
      expect.objectContaining({
        code: "EnvironmentIncomplete",
        message: `the environment variable ${variable} is not set`,
        hint: expect.stringContaining("eks-lambda setup"),
      }),
    ),
  );
});
