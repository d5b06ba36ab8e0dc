/**
 * The sandbox decodes by the types of the real API server. `EKS_LAMBDA_UPDATE_DOCS=1` writes them into the table. Needed after
 * a change of Kubernetes' version or of the kinds in src/sandbox/kube/kinds.ts.
 */
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { builtIn } from "../../src/sandbox/kube/kinds.ts";
import type { JsonMap } from "../../src/sandbox/kube/object.ts";
import { messageIn } from "../../src/sandbox/kube/protobuf/message.ts";
import { parseUnknown } from "../../src/sandbox/kube/protobuf/object.ts";
import { decode } from "../../src/sandbox/kube/types/decode.ts";
import { encodeStruct } from "../../src/sandbox/kube/types/encode.ts";
import { typeOf } from "../../src/sandbox/kube/types/types.ts";
import { repositoryFile } from "../acceptance/support/run.ts";
import { test } from "../acceptance/support/world.ts";
import { buildAll } from "./backend/build.ts";
import { startRealApi } from "./fuzz/real.ts";
import { moduleOfRules, rulesOf } from "./types/probe.ts";
import { type GoTypes, moduleOf, type Schemas, tableOf } from "./types/table.ts";

const file = repositoryFile("src/sandbox/kube/types/table.ts");
const rulesFile = repositoryFile("src/sandbox/kube/types/asked.ts");
const kinds = [
  ...builtIn.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`),
  ...["autoscaling/v1/Scale", "policy/v1/Eviction", "v1/DeleteOptions"],
];

interface Sample {
  readonly kind: string;
  /** In base64. */
  readonly protobuf: string;
  readonly json: JsonMap;
}

test("objects in protobuf are read as Go reads them", async () => {
  const { types } = await buildAll();
  const printed = execFileSync(join(types, "bin/types"), ["-samples", "20", ...kinds], { maxBuffer: 2 ** 30 });
  const samples = `${printed}`
    .trim()
    .split("\n")
    .map((line): Sample => JSON.parse(line));
  expect(samples).toHaveLength(20 * kinds.length);
  for (const { kind, protobuf, json } of samples) {
    const { typeMeta, raw } = parseUnknown(Buffer.from(protobuf, "base64").toString("latin1"));
    const type = typeOf(typeMeta);
    if (!type) throw new Error(`no type ${kind}`);
    const { value } = decode({ ...typeMeta, ...messageIn(raw, type) }, type);
    expect(encodeStruct(value, type), kind).toEqual(json);
  }
});

/** That a rule is there is an answer of the API server, and no rule is its silence: it is asked some thousand times. */
test("the rules are those of the real API server", async () => {
  const real = await startRealApi();
  try {
    const should = moduleOfRules(await rulesOf(real));
    if (process.env.EKS_LAMBDA_UPDATE_DOCS) await writeFile(rulesFile, should);
    expect(await readFile(rulesFile, "utf8")).toBe(should);
  } finally {
    await real.stop();
  }
});

test("the table has the types of the real API server", async ({ world: { backend } }) => {
  const { types } = await buildAll();
  const printed: GoTypes = JSON.parse(`${execFileSync(join(types, "bin/types"), kinds)}`);
  const versions = [...new Set(kinds.map((kind) => kind.split("/").slice(0, -1).join("/")))];
  const documents = await Promise.all(
    versions.map(async (version) => {
      const root = version.includes("/") ? "apis" : "api";
      const { body } = await backend.kube("GET", `/openapi/v3/${root}/${version}`);
      return (body as unknown as { readonly components: { readonly schemas: Schemas } }).components.schemas;
    }),
  );
  const should = moduleOf(tableOf(printed, Object.assign({}, ...documents)));
  if (process.env.EKS_LAMBDA_UPDATE_DOCS) await writeFile(file, should);
  expect(await readFile(file, "utf8")).toBe(should);
});
