/** How times grow with the size of aws-auth and with the number of execution environments. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RealBackend } from "../../test/e2e/backend/index.ts";
import { type AwsAuthResults, benchAwsAuth } from "./aws-auth.ts";
import { benchEnvironments, type EnvironmentsRow } from "./environments.ts";

export interface ScaleResults {
  readonly awsAuth: AwsAuthResults;
  readonly environments: readonly EnvironmentsRow[];
}

export async function benchScale(
  backend: RealBackend,
  { samples, sizes }: { readonly samples: number; readonly sizes: readonly number[] },
  report: (line: string) => void,
): Promise<ScaleResults> {
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-bench-scale-"));
  try {
    const awsAuth = await benchAwsAuth(folder, samples);
    report("scale: aws-auth edited");
    return { awsAuth, environments: await benchEnvironments(backend, join(folder, "function"), sizes, report) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
