/** The report of a smoke test: no names, whatever an error says. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { reportOf } from "../../../../src/cli/smoke/report.ts";
import type { Opened } from "../../../../src/cli/smoke/test.ts";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import { smokeNames } from "../../../../src/core/smoke/names.ts";

const place = { account: "384716205938", region: "eu-west-3", cluster: "Zaphod_7-prod" };

const secret = {
  cluster: place.cluster,
  account: place.account,
  caller: "arn:aws:sts::384716205938:assumed-role/TrillianAdmins/marvin.android@example.org",
  role: "TrillianAdmins",
  session: "marvin.android@example.org",
  endpoint: "https://8F3A17C2D90B4E65A1F0.gr7.eu-west-3.eks.amazonaws.com",
  ca: "TFMwdExTMUNSVWRKVGc9PQ",
  vpc: "vpc-0c1d2e3f4a5b60718",
  subnet: "subnet-0f1e2d3c4b5a69788",
  group: "sg-09a8b7c6d5e4f3021",
  profile: "heart-of-gold",
  context: "magrathea",
  id: "7d3e9a",
} as const;

/** Only the fields that the report reads. */
const opened = {
  cluster: {
    ...{ name: secret.cluster, endpoint: secret.endpoint, ca: secret.ca, status: "ACTIVE" },
    authenticationMode: "API",
    network: {
      ...{ public: true, private: true, publicCidrs: ["203.0.113.77/32"], fullSubnetIds: [] },
      ...{ vpcId: secret.vpc, subnetIds: [secret.subnet], securityGroupId: secret.group },
    },
  },
  caller: { account: secret.account, arn: secret.caller },
  ...{ region: place.region, methods: ["access-entry"], isInVpc: false, place },
} as unknown as Opened;

const reported = (error: unknown) =>
  JSON.stringify(
    reportOf({
      ...{ opened, kubernetes: `v1.33.4-eks-99bf8a0+${secret.cluster}`, startedAt: Date.UTC(2026, 0, 2) },
      tests: [{ names: smokeNames(secret.id, place) }],
      walked: [{ name: "setup", ms: 1234, error }],
      private: [secret.profile, secret.context, undefined],
    }),
  );

/** None of the report's own words contains one of these. */
function expectNone(report: string, values: readonly string[]): void {
  for (const value of values) expect(report.toLowerCase()).not.toContain(value.toLowerCase());
  const { steps } = JSON.parse(report);
  expect(JSON.stringify(steps)).not.toMatch(/\d{12}|arn:|(subnet|sg|vpc)-|amazonaws|https?:|\/home\/|[\w.]+@[\w.]+/);
}

/** What no list knows: only its form tells. */
const unknown = {
  user: '"ford.prefect"',
  otherAccount: "918273645546",
  otherArn: "arn:aws-us-gov:iam::918273645546:role/path/Vogon",
  otherSubnet: "subnet-0123abcd",
  address: "10.41.17.203",
  host: "ip-10-41-17-203.eu-west-3.compute.internal",
  path: "/home/slartibartfast/.aws/config",
  windows: "C:\\Users\\slartibartfast\\.kube",
  mail: "zarniwoop@example.com",
  key: "AKIAIOSFODNN7EXAMPLE",
} as const;

test("is data without names, also of a step that failed with all of them", () => {
  const values = [...Object.values(secret), ...Object.values(unknown)];
  const report = reported(new EksLambdaError("Forbidden", `cannot do it: ${values.join(" and ")}`));
  expectNone(report, values);
  expect(JSON.parse(report)).toEqual({
    ...{ version: 1, date: "2026-01-02", eksLambda: VERSION, node: process.version },
    ...{ platform: `${process.platform} ${process.arch}`, kubernetes: "v1.33.4-eks-99bf8a0" },
    ...{ partition: "aws", region: "eu-west-3", authenticationMode: "API", mappings: ["access-entry"] },
    ...{ endpoint: { public: true, private: true, forAll: false }, inVpc: false, ok: false },
    steps: [
      { step: "setup", ok: false, seconds: 1.2, code: "Forbidden", message: expect.stringMatching(/^cannot do it: …/) },
    ],
  });
});

test("has no name, wherever in a text it is", () => {
  const values = fc.constantFrom(...Object.values(secret), ...Object.values(unknown));
  const glue = fc.constantFrom(" ", ": ", "(", ") ", ", ", "'", "\n", " = ", "→", "…");
  fc.assert(
    fc.property(fc.array(fc.tuple(glue, values), { minLength: 1, maxLength: 6 }), (parts) => {
      const message = `${parts.flat().join("")} refused`;
      expectNone(
        reported(new EksLambdaError("AwsForbidden", message)),
        parts.map(([, value]) => value),
      );
    }),
  );
});

test.each([
  [
    "Kubernetes",
    'deployments.apps is forbidden: User "ada" cannot create resource "deployments" in API group "apps" in the namespace "shop"',
    'deployments.apps is forbidden: User … cannot create resource "deployments" in API group "apps" in the namespace …',
  ],
  ["an expectation", "not so: 2 replicas are ready", "not so: 2 replicas are ready"],
  ["a path that has no name", "no answer to GET /version", "no answer to GET /version"],
])("leaves the words of %s", (_, message, shown) => {
  expect(JSON.parse(reported(new EksLambdaError("Forbidden", message))).steps[0].message).toBe(shown);
});

test("a code that is no word is none", () => {
  const error = new EksLambdaError(`for ${secret.cluster}`, "no");
  expect(JSON.parse(reported(error)).steps[0].code).toBe("Error");
});
