/** The sandbox's certificates, as strict clients read them: Python 3.13 asks OpenSSL for the same checks. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { newAuthority } from "../../src/sandbox/certificates.ts";
import { temporaryFolder } from "../support/temporary.ts";

test("OpenSSL accepts them under RFC 5280's rules, for the server's names", async () => {
  const authority = newAuthority("kubernetes");
  const folder = await temporaryFolder();
  const [ca, server] = [join(folder, "ca.pem"), join(folder, "server.pem")];
  await Promise.all([writeFile(ca, authority.cert), writeFile(server, authority.certify().cert)]);
  const names = ["-verify_hostname", "localhost", "-verify_ip", "127.0.0.1"];
  const args = ["verify", "-x509_strict", "-purpose", "sslserver", ...names, "-CAfile", ca, server];
  expect((await promisify(execFile)("openssl", args)).stdout).toBe(`${server}: OK\n`);
});
