import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { newAuthority } from "../../../src/sandbox/certificates.ts";

test("a server's certificate is by the authority, for localhost and 127.0.0.1 alone", () => {
  const authority = newAuthority("kubernetes");
  const ca = new X509Certificate(authority.cert);
  const server = new X509Certificate(authority.certify().cert);
  expect([ca.ca, ca.subject, ca.verify(ca.publicKey)]).toEqual([true, "CN=kubernetes", true]);
  expect([server.ca, server.checkIssued(ca), server.verify(ca.publicKey)]).toEqual([false, true, true]);
  expect([server.checkHost("localhost"), server.checkIP("127.0.0.1")]).toEqual(["localhost", "127.0.0.1"]);
  expect([server.checkHost("example.com"), server.checkIP("127.0.0.2")]).toEqual([undefined, undefined]);
});

test("authorities differ, and so do serial numbers", () => {
  const [one, other] = [newAuthority("kubernetes"), newAuthority("kubernetes")];
  const server = new X509Certificate(one.certify().cert);
  expect(server.verify(new X509Certificate(other.cert).publicKey)).toBe(false);
  expect(new X509Certificate(one.certify().cert).serialNumber).not.toBe(server.serialNumber);
});
