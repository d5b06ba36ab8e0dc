/** What one of the backends cannot do, and why. Whatever a test skips is skipped because of an entry here. */
import type { Backend } from "./backend.ts";
import { backendName } from "./start.ts";

const differences = {
  real: {
    "access entries": "moto has none, and the authenticator has a backend for aws-auth alone",
  },
  sandbox: {},
} satisfies Record<Backend["name"], Readonly<Record<string, string>>>;

/** For `test.skipIf`. */
export const lacks = (capability: string, name = backendName): boolean => capability in differences[name];
