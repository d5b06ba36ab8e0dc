/**
 * Cost of the warm-up when the API server is down or refuses: initialisation continues, and the first call reports the
 * error.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import type { RealBackend } from "../../test/e2e/backend/index.ts";
import type { CpuShare } from "../support/cgroup.ts";
import { type Spread, spread } from "../support/statistics.ts";
import { roles } from "./cluster.ts";
import { type Sample, type SampleOptions, sample } from "./sample.ts";
import type { Variant } from "./variants.ts";

export interface FailureRow {
  readonly title: string;
  readonly initMs: Spread;
  /** `errorType` of the first call. */
  readonly error: string;
}

interface FailureOptions {
  readonly backend: RealBackend;
  readonly cpu: CpuShare;
  readonly rounds: number;
}

const memoryMb = 256;

export async function failureRows(
  all: readonly Variant[],
  { backend, cpu, rounds }: FailureOptions,
): Promise<readonly FailureRow[]> {
  const variant = all.find(({ id }) => id === "ours");
  if (!variant) throw new Error("ours is not among the variants");
  // Accepts connections and sends nothing. TLS cannot tell this from dropped packets.
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const otherCa = await readFile("test/fixtures/tls/other-ca.pem");
  const conditions: readonly (Pick<SampleOptions, "role" | "env"> & { readonly title: string })[] = [
    { title: "401: the role is not mapped", role: roles.unmapped },
    { title: "403: the user may do nothing", role: roles.forbidden },
    { title: "nothing listens", env: { CLUSTER_ENDPOINT: "https://127.0.0.1:1" } },
    { title: "no answer", env: { CLUSTER_ENDPOINT: `https://127.0.0.1:${(silent.address() as AddressInfo).port}` } },
    { title: "another CA", env: { CLUSTER_CA: otherCa.toString("base64") } },
  ];
  try {
    const rows: FailureRow[] = [];
    for (const { title, ...condition } of conditions) {
      const samples: Sample[] = [];
      const share = { cpu, init: "unthrottled", callMb: memoryMb } as const;
      while (samples.length < rounds)
        samples.push(await sample(variant, { ...condition, backend, share, warmCalls: 0 }));
      const error = samples[0]?.error;
      if (error === undefined) throw new Error(`${title}: the first call did not fail`);
      rows.push({ title, initMs: spread(samples.map(({ initMs }) => initMs)), error });
    }
    return rows;
  } finally {
    silent.close();
  }
}
