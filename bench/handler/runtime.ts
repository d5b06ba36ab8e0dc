/** The variants under AWS's emulator and runtime clients, with all CPUs, measured by the caller. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { buildAll } from "../../test/e2e/backend/build.ts";
import { Environment } from "../../test/e2e/backend/environment.ts";
import type { RealBackend } from "../../test/e2e/backend/index.ts";
import { median, type Spread, spread } from "../support/statistics.ts";
import { roles } from "./cluster.ts";
import { environment } from "./sample.ts";
import type { Variant } from "./variants.ts";

export interface RuntimeRow {
  readonly variant: Variant["id"];
  /** Time from the start of the runtime to the first response. */
  readonly coldMs: Spread;
  readonly warmMs: Spread;
}

const warmCalls = 20;

export async function runtimeRows(
  all: readonly Variant[],
  backend: RealBackend,
  rounds: number,
): Promise<readonly RuntimeRow[]> {
  const deployed = all.flatMap(({ id, deployed, env }) =>
    deployed ? [{ id, ...deployed, env, cold: [] as number[], warm: [] as number[] }] : [],
  );
  for (let round = 0; round < rounds; round += 1)
    for (const variant of deployed) {
      const { cold, warm } = await once(variant, backend);
      variant.cold.push(cold);
      variant.warm.push(warm);
    }
  return deployed.map(({ id, cold, warm }) => ({ variant: id, coldMs: spread(cold), warmMs: spread(warm) }));
}

type Deployed = NonNullable<Variant["deployed"]> & Pick<Variant, "env">;

async function once(
  { folder, runtime, env }: Deployed,
  backend: RealBackend,
): Promise<{ readonly cold: number; readonly warm: number }> {
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
    Role: `arn:aws:iam::${backend.account}:role/${roles.permitted}`,
    Runtime: runtime,
    Timeout: 30,
    MemorySize: 1769,
    Environment: { Variables: { ...Variables, ...env } },
  };
  const state = { configuration, fingerprint: "" };
  const common = { region: AWS_REGION, programs: await buildAll(), logs: join(backend.folder, "logs"), s3: "" };
  const started = await Environment.start(state, folder, keys, common);
  const call = async () => {
    const start = performance.now();
    const { failed, payload } = await started.invoke(Buffer.from("{}"), randomUUID());
    if (failed) throw new Error(`${folder}: ${payload}`);
    return performance.now() - start;
  };
  try {
    // The emulator starts the runtime on the first call.
    const cold = await call();
    const warm: number[] = [];
    for (let count = 0; count < warmCalls; count += 1) warm.push(await call());
    return { cold, warm: median(warm) };
  } finally {
    await started.stop();
  }
}
