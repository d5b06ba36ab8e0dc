/**
 * Everything that comes from outside, at random: it is used, or refused with an `EksLambdaError`, and nothing else
 * happens. EKS_LAMBDA_FUZZ_RUNS sets the number of cases for each property; a failure prints its seed.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { configOf } from "../../../src/cli/flags.ts";
import { Text } from "../../../src/cli/render/text.ts";
import { functionError } from "../../../src/core/actions/function-error.ts";
import { actionOf } from "../../../src/core/actions/index.ts";
import { decodeToken } from "../../../src/core/doctor/pasted-token.ts";
import { EksLambdaError } from "../../../src/core/errors.ts";
import { clusterFromEnvironment } from "../../../src/core/kube/cluster.ts";
import { networkError, statusError, unexpectedAnswer } from "../../../src/core/kube/errors.ts";
import { mintToken } from "../../../src/core/kube/token.ts";
import { dropContext, hasContext, putContext } from "../../../src/core/kubeconfig/context.ts";
import { dropRole, entryOf, putRole, readRoles, readUsers } from "../../../src/core/mapping/aws-auth/text.ts";
import { functionNameOf, ourStack } from "../../../src/core/stack/found.ts";
import { functionName, stackName } from "../../../src/core/stack/names.ts";
import { damaged } from "../support/damaged.ts";

const numRuns = Number(process.env.EKS_LAMBDA_FUZZ_RUNS ?? 200);
const timeout = 30_000 + numRuns * 30;

/** The result, or the refusal; any other error fails the test. */
function outcome<T>(work: () => T): { readonly result: T } | { readonly refusal: EksLambdaError } {
  try {
    return { result: work() };
  } catch (error) {
    if (!(error instanceof EksLambdaError)) throw error;
    expect(error.code).toMatch(/^\w+$/);
    expect(error.message).not.toBe("");
    return { refusal: error };
  }
}

function holds<Ts extends [unknown, ...unknown[]]>(name: string, property: fc.IProperty<Ts>): void {
  test(name, { timeout }, () => fc.assert(property, { numRuns }));
}

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.constantFrom("", "../../../api/v1", "a\nb", "\u001b[2J", "x".repeat(5_000), "default", "__proto__"),
);

/** A file of this folder, damaged. */
const broken = (folder: string): fc.Arbitrary<string> => {
  const path = join("test/fixtures", folder);
  const names = readdirSync(path, { withFileTypes: true }).filter((one) => one.isFile());
  return damaged(fc.constantFrom(...names.map(({ name }) => readFileSync(join(path, name), "utf8"))));
};

holds(
  "flags",
  fc.property(fc.record({ namespace: text, username: text, stack: text, roleName: text, rbacName: text }), (flags) => {
    const said = outcome(() => configOf(flags));
    if ("refusal" in said) expect(said.refusal.code).toBe("InvalidFlag");
    else for (const value of Object.values(flags)) expect(value).toMatch(/^[\w.@:+=,-]+$/);
  }),
);

holds(
  "names that derive from a cluster's",
  fc.property(
    fc.stringMatching(/^[0-9A-Za-z][\w-]{0,99}$/),
    fc.constantFrom("us-east-1", "ap-southeast-2"),
    (cluster, region) => {
      expect(stackName(cluster)).toMatch(/^[A-Za-z][-A-Za-z0-9]{0,127}$/);
      expect(functionName(cluster, region)).toMatch(/^[\w-]{1,64}$/);
    },
  ),
);

const by = { version: "1.0.0", newer: "refuse" } as const;
const place = { stack: "eks-lambda-demo", cluster: "demo", region: "us-east-1", by };
const taken = ["ClusterNamespace", "FunctionName", "KubernetesUsername", "RbacName", "RoleName", "SubnetIds"];

test("parameters, outputs and resources of a stack", { timeout }, () =>
  fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.constantFrom(...taken), text),
      fc.array(fc.record({ logicalId: text, physicalId: text, type: text })),
      text,
      async (more, resources, output) => {
        const parameters = { ClusterName: "demo", ContentHash: "x", ...more };
        const stack = {
          id: "arn:x",
          status: "CREATE_COMPLETE",
          parameters,
          outputs: { FunctionName: output },
          tags: {},
        };
        const found = { ...stack, reason: undefined } as unknown as Parameters<typeof ourStack>[1];
        const ours = await ourStack({ resources: async () => resources as never }, found, place).then(
          (result) => ({ result }),
          (refusal: unknown) => ({ refusal }),
        );
        if ("refusal" in ours) expect(ours.refusal).toBeInstanceOf(EksLambdaError);
        else
          for (const name of taken) expect(parameters[name as keyof typeof parameters] ?? "").toMatch(/^[\w.@:+=,-]*$/);
        const named = outcome(() => functionNameOf({ outputs: { FunctionName: output } } as never, place));
        if ("result" in named) expect(named.result ?? "").toMatch(/^[\w-]*$/);
      },
    ),
    { numRuns },
  ),
);

holds(
  "the function's environment",
  fc.property(
    fc.record({
      CLUSTER_NAME: text,
      CLUSTER_ENDPOINT: fc.oneof(text, fc.webUrl()),
      CLUSTER_CA: text,
      CLUSTER_NAMESPACE: text,
    }),
    (environment) => {
      const said = outcome(() => clusterFromEnvironment(environment));
      if ("result" in said) expect(said.result.endpoint).toMatch(/^https:\/\//);
    },
  ),
);

holds(
  "events",
  fc.property(fc.oneof(fc.jsonValue({ maxDepth: 6 }), fc.dictionary(text, fc.jsonValue())), (event) => {
    const said = outcome(() => actionOf(event));
    if ("refusal" in said) expect(said.refusal.message.length).toBeLessThan(1_000);
  }),
);

holds(
  "a function's error",
  fc.property(
    fc.oneof(fc.jsonValue(), fc.record({ errorType: fc.jsonValue(), errorMessage: fc.jsonValue() })),
    (payload) => {
      const { code, message } = functionError(payload);
      expect([typeof code, typeof message]).toEqual(["string", "string"]);
    },
  ),
);

holds(
  "a Status of the API server",
  fc.property(
    fc.integer({ min: 100, max: 999 }),
    fc.oneof(
      fc.jsonValue(),
      fc.record({ reason: fc.oneof(text, fc.jsonValue()), message: fc.jsonValue(), details: fc.jsonValue() }),
    ),
    text,
    (status, answer, body) => {
      for (const { code, message } of [statusError(status, answer), unexpectedAnswer(status, body, "host")]) {
        expect(code).toMatch(/^[A-Z]\w*$/);
        expect(typeof message).toBe("string");
      }
    },
  ),
);

holds(
  "errors of the network",
  fc.property(text, text, (code, message) => {
    const { code: ours } = networkError(Object.assign(new Error(message), { code }), "host");
    expect(ours).toMatch(/^[A-Z]\w+$/);
  }),
);

holds(
  "credentials: a refusal shows no secret",
  fc.property(text, text, text, fc.string({ minLength: 8 }), (cluster, accessKeyId, sessionToken, secretAccessKey) => {
    const credentials = { accessKeyId, secretAccessKey, sessionToken };
    const said = outcome(() => mintToken({ cluster, region: "us-east-1", credentials, now: new Date(0) }));
    if ("refusal" in said) expect(`${said.refusal.message}${said.refusal.hint}`).not.toContain(secretAccessKey);
    else expect(said.result.token).toMatch(/^k8s-aws-v1\.[\w-]+$/);
  }),
);

holds(
  "a pasted token",
  fc.property(text, fc.webUrl({ withQueryParameters: true }), (raw, url) => {
    const coded = (value: string) => `k8s-aws-v1.${Buffer.from(value).toString("base64url")}`;
    for (const token of [raw, coded(raw), coded(url)]) outcome(() => decodeToken(token, new Date(0)));
  }),
);

holds(
  "text on the terminal has no control characters of its own",
  fc.property(fc.oneof(text, fc.string({ unit: "binary" })), (string) => {
    expect(Text.of(string).shown).not.toMatch(/(?![\t])\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u);
  }),
);

const mapping = { rolearn: "arn:aws:iam::111122223333:role/eks-lambda-demo", username: "lambda" };

holds(
  "aws-auth: an edit is complete and can be undone, or is refused",
  fc.property(broken("aws-auth"), (before) => {
    outcome(() => [readRoles(before), readUsers(before)]);
    const put = outcome(() => putRole(before, mapping));
    if ("refusal" in put) return;
    expect(entryOf(put.result, mapping.rolearn)).toMatchObject(mapping);
    const dropped = outcome(() => dropRole(put.result, mapping.rolearn));
    if ("result" in dropped) expect(entryOf(dropped.result, mapping.rolearn)).toBeUndefined();
  }),
);

const entry = {
  name: "eks-lambda/demo",
  arn: "arn:aws:eks:us-east-1:123456789012:cluster/demo",
  server: "https://demo.example",
  ca: "Y2E=",
  exec: { command: "eks-lambda", args: ["token", "--cluster", "demo"] },
};

holds(
  "a kubeconfig: an edit is complete and keeps the rest, or is refused",
  fc.property(broken("kubeconfig"), (before) => {
    const put = outcome(() => putContext(before, entry, { useContext: false }));
    if ("refusal" in put) return;
    expect(hasContext(put.result, entry.name)).toBe(true);
    const dropped = outcome(() => dropContext(put.result, entry.name));
    if ("refusal" in dropped) return;
    const others = (config: string | undefined) => namesIn(config).filter((name) => name !== entry.name);
    expect(others(dropped.result)).toEqual(others(before));
  }),
);

/** Of clusters, contexts and users. */
function namesIn(config: string | undefined): readonly unknown[] {
  const read = parse(config ?? "", { logLevel: "silent", uniqueKeys: false }) ?? {};
  return ["clusters", "contexts", "users"].flatMap((list) =>
    (read[list] ?? []).map((item: { name?: unknown }) => item?.name),
  );
}
