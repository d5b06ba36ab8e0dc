/** Starts the backend of vitest's project: `acceptance` uses the sandbox, `e2e` the real backend. */
import type { Backend, Place } from "./backend.ts";

export const backendName: Backend["name"] = process.env.EKS_LAMBDA_BACKEND === "real" ? "real" : "sandbox";

export async function startBackend(place: Place): Promise<Backend> {
  if (backendName === "real") return (await import("../e2e/backend/index.ts")).startBackend({ place });
  return (await import("./sandbox.ts")).startSandboxBackend(place);
}
