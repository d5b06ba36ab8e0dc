import { describe, expect, test } from "vitest";
import type { Cluster, Eks } from "../../../../src/core/aws/eks.ts";
import { UsageError } from "../../../../src/core/errors.ts";
import { chooseCluster, readCluster } from "../../../../src/core/setup/target.ts";

const active: Cluster = {
  name: "demo",
  status: "ACTIVE",
  endpoint: "https://example.com",
  ca: "Q0E=",
  authenticationMode: "CONFIG_MAP",
  network: {
    public: true,
    private: false,
    publicCidrs: ["0.0.0.0/0"],
    vpcId: undefined,
    subnetIds: [],
    fullSubnetIds: [],
    securityGroupId: undefined,
  },
};

/** A region with these clusters in it. */
function region(...clusters: readonly Cluster[]): Pick<Eks, "cluster" | "names"> {
  return {
    cluster: async (name) => clusters.find((cluster) => cluster.name === name),
    names: async () => clusters.map(({ name }) => name),
  };
}

const choose = (eks: Pick<Eks, "names">, ask?: (names: readonly string[]) => Promise<string>) =>
  chooseCluster(eks as Eks, "us-east-1", ask);
const read = (eks: Pick<Eks, "cluster" | "names">, name = "demo") => readCluster(eks as Eks, name, "us-east-1");

describe("without a name", () => {
  test("the region's only cluster is taken, and nobody is asked", async () =>
    expect(await choose(region(active), () => Promise.reject(new Error("asked")))).toBe("demo"));

  test("a person chooses of several", async () => {
    const eks = region(active, { ...active, name: "other" });
    expect(await choose(eks, async (names) => names.join(" or "))).toBe("demo or other");
  });

  test("several are listed where nobody can be asked", () =>
    expect(choose(region(active, { ...active, name: "other" }))).rejects.toMatchObject({
      code: "ClusterNotChosen",
      message: "there are 2 clusters in us-east-1: demo, other",
      hint: "choose one: --cluster demo",
      constructor: UsageError,
    }));

  test("a region without clusters says so", () =>
    expect(choose(region())).rejects.toMatchObject({
      code: "NoCluster",
      message: "no EKS cluster in us-east-1",
      constructor: UsageError,
    }));
});

describe("a cluster", () => {
  test.each(["ACTIVE", "UPDATING"])("that is %s can be used", async (status) =>
    expect(await read(region({ ...active, status }))).toEqual({ ...active, status }),
  );

  test.each([
    [
      "CREATING",
      { status: "CREATING", endpoint: undefined, ca: undefined },
      "wait until it is ACTIVE: aws eks wait cluster-active --name demo --region us-east-1",
    ],
    [
      "DELETING",
      { status: "DELETING" },
      "if it had a function: eks-lambda teardown --cluster demo --region us-east-1 --aws-only deletes its stack",
    ],
    [
      "FAILED",
      { status: "FAILED" },
      "see why: aws eks describe-cluster --name demo --region us-east-1 --query cluster.health",
    ],
    [
      "ACTIVE without an endpoint",
      { endpoint: undefined },
      "wait until it is ACTIVE: aws eks wait cluster-active --name demo --region us-east-1",
    ],
  ])("that is %s cannot", (_, changes, hint) =>
    expect(read(region({ ...active, ...changes }))).rejects.toMatchObject({
      code: "ClusterNotReady",
      message: `the cluster "demo" is ${"status" in changes ? changes.status : "ACTIVE"}`,
      hint,
    }),
  );

  test("that is not there is told with those that are", () =>
    expect(read(region({ ...active, name: "a" }, { ...active, name: "b" }))).rejects.toMatchObject({
      code: "ClusterNotFound",
      message: 'no cluster named "demo" in us-east-1',
      hint: expect.stringContaining("clusters here: a, b;"),
    }));

  test.each([
    ["there are none", region()],
    ["they may not be listed", { ...region(), names: () => Promise.reject(new Error("AccessDenied")) }],
  ])("that is not there is told with the region, where %s", (_, eks) =>
    expect(read(eks)).rejects.toMatchObject({
      code: "ClusterNotFound",
      hint: "us-east-1 has no clusters that the caller may list; choose another --region",
    }),
  );
});
