/** Whatever is in an entry, a kubeconfig has exactly its values, and nothing else of it changes. */
import { readFileSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import { dropContext, type KubeconfigContext, putContext } from "../../../../src/core/kubeconfig/context.ts";
import { hostileText } from "../../../support/hostile-text.ts";

const others = readFileSync("test/fixtures/kubeconfig/comments-everywhere.yaml", "utf8");
/** Without a kubeconfig, in the YAML of others, and in JSON. */
const texts = [undefined, others, `${JSON.stringify(parse(others))}\n`];

/** Some are refused, with a line break that is none of the file's: the fewer are in one entry, the more are written. */
const value = fc.oneof({ weight: 4, arbitrary: fc.constant("plain") }, { weight: 1, arbitrary: hostileText });
const server = value.map((text) => `https://${text}.x`);
const name = value.filter((text) => text !== "" && !others.includes(text));
const exec = fc.record(
  {
    ...{ command: value, args: fc.array(value, { maxLength: 3 }), installHint: value },
    env: fc.array(fc.record({ name: value, value }), { maxLength: 2 }),
  },
  { requiredKeys: ["command", "args"] },
);
const entry: fc.Arbitrary<KubeconfigContext> = fc.record(
  { name, arn: value, server, ca: fc.constant("QUJD"), namespace: value, tlsServerName: value, exec },
  { requiredKeys: ["name", "arn", "server", "ca", "exec"] },
);

type Items = readonly { readonly name: string }[];
interface Config {
  readonly clusters: Items;
  readonly contexts: Items;
  readonly users: Items;
}
const without = (config: Config, name: string) => {
  const left = (items: Items = []) => items.filter((item) => item.name !== name);
  const { "current-context": _, ...rest } = config as Config & { "current-context"?: string };
  return {
    ...rest,
    ...{ clusters: left(config.clusters), contexts: left(config.contexts), users: left(config.users) },
  };
};
const nothing = { apiVersion: "v1", kind: "Config" } as unknown as Config;

/** `undefined` for a refusal: nothing is written then. */
function put(...given: Parameters<typeof putContext>): string | undefined {
  try {
    return putContext(...given);
  } catch (error) {
    if (error instanceof EksLambdaError && /^Kubeconfig(Invalid|Unsupported)$/.test(error.code)) return undefined;
    throw error;
  }
}

/** As kubectl reads it, whose YAML is 1.1, and as others do. */
const versions = ["1.1", "1.2"] as const;

test.each(versions)("as YAML %s", (version) => {
  const read = (text: string | undefined): Config => (text === undefined ? nothing : parse(text, { version }));
  let edited = 0;
  fc.assert(
    fc.property(fc.constantFrom(...texts), entry, fc.boolean(), (text, given, useContext) => {
      const { name, arn, server, ca, namespace, tlsServerName, exec } = given;
      const after = put(text, given, { useContext });
      if (after === undefined) return;
      edited++;
      const config = read(after);
      const found = (items: Items) => items.filter((item) => item.name === name);
      expect(found(config.clusters)).toEqual([
        {
          name,
          cluster: {
            ...{ "certificate-authority-data": ca, server },
            ...(tlsServerName !== undefined && { "tls-server-name": tlsServerName }),
            extensions: [{ name: "eks-lambda", extension: { cluster: arn } }],
          },
        },
      ]);
      const place = { cluster: name, user: name, ...(namespace !== undefined && { namespace }) };
      expect(found(config.contexts)).toEqual([{ name, context: place }]);
      const user = { apiVersion: "client.authentication.k8s.io/v1beta1", ...exec, interactiveMode: "Never" };
      expect(found(config.users)).toEqual([{ name, user: { exec: user } }]);
      expect(without(config, name)).toEqual(without(read(text), name));
      const left = dropContext(after, name);
      expect(without(read(left), name)).toEqual(without(read(text), name));
    }),
  );
  expect(edited).toBeGreaterThan(40);
});

test("as a Kubernetes client reads it", () =>
  fc.assert(
    fc.property(fc.constantFrom(...texts), entry, (text, given) => {
      const { name, server, ca, exec } = given;
      const after = put(text, given, { useContext: true });
      if (after === undefined) return;
      const config = new KubeConfig();
      config.loadFromString(after);
      expect(config.getCurrentContext()).toBe(name);
      expect(config.getCurrentCluster()).toMatchObject({ name, server, caData: ca });
      const { env = [], ...rest } = exec;
      expect(config.getCurrentUser()).toMatchObject({ name, exec: { ...rest, ...(exec.env && { env }) } });
      const before = text === undefined ? 0 : parse(text).clusters.length;
      expect(config.getClusters()).toHaveLength(before + 1);
    }),
  ));
