/** The variants in Node under AWS's runtime interface client and emulator, as Lambda runs them. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { buildAll } from "../../test/e2e/backend/build.ts";
import { Environment } from "../../test/e2e/backend/environment.ts";
import type { RealBackend } from "../../test/e2e/backend/index.ts";
import { median, type Spread, spread } from "../support/statistics.ts";
import { roleName } from "./cluster.ts";
import type { Effort } from "./index.ts";
import { environment } from "./sample.ts";
import type { Variant } from "./variants.ts";

/** As whoever invokes the function sees it, the runtime's own work included. */
export interface RuntimeRow {
  readonly variant: Variant["id"];
  readonly samples: number;
  /** From the start of the runtime to the first answer. */
  readonly coldMs: Spread;
  readonly warmMs: Spread;
}

const warmCalls = 20;

export async function runtimeRows(
  all: readonly Variant[],
  backend: RealBackend,
  { rounds }: Effort,
  report: (line: string) => void,
): Promise<readonly RuntimeRow[]> {
  const inNode = all.flatMap(({ id, folder, env }) =>
    folder ? [{ id, folder, env, cold: [] as number[], warm: [] as number[] }] : [],
  );
  for (let round = 0; round < rounds; round += 1)
    for (const variant of inNode) {
      const { cold, warm } = await once(variant.folder, variant.env, backend);
      variant.cold.push(cold);
      variant.warm.push(warm);
    }
  report("handler: done under AWS's runtime");
  return inNode.map(({ id, cold, warm }) => ({
    variant: id,
    samples: cold.length,
    coldMs: spread(cold),
    warmMs: spread(warm),
  }));
}

async function once(
  folder: string,
  env: Variant["env"],
  backend: RealBackend,
): Promise<{ cold: number; warm: number }> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, ...Variables } =
    await environment(backend);
  const keys = {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN,
  };
  const configuration = {
    FunctionName: "bench",
    FunctionArn: `arn:aws:lambda:${AWS_REGION}:${backend.account}:function:bench`,
    Handler: "index.handler",
    Role: `arn:aws:iam::${backend.account}:role/${roleName}`,
    Runtime: "nodejs22.x",
    Timeout: 30,
    MemorySize: 1769,
    Environment: { Variables: { ...Variables, ...env } },
  };
  const state = { configuration, fingerprint: "" };
  const logs = join(backend.folder, "logs");
  const started = await Environment.start(state, folder, keys, AWS_REGION, await buildAll(), logs);
  const call = async () => {
    const start = performance.now();
    const { failed, payload } = await started.invoke(Buffer.from("{}"), randomUUID());
    if (failed) throw new Error(`${folder}: ${payload}`);
    return performance.now() - start;
  };
  try {
    // The emulator starts the runtime with the first call.
    const cold = await call();
    const warm: number[] = [];
    for (let count = 0; count < warmCalls; count += 1) warm.push(await call());
    return { cold, warm: median(warm) };
  } finally {
    await started.stop();
  }
}
