/** Which proxy leads to a server: as https://pkg.go.dev/golang.org/x/net/http/httpproxy, which kubectl follows. */
import { expect, test } from "vitest";
import { proxyFor } from "../../../../src/core/connection/proxy.ts";

const HTTPS_PROXY = "http://proxy.corp:3128";
const server = "https://abc.gr7.us-east-1.eks.amazonaws.com";
const chosen = (target: string, environment: Readonly<Record<string, string>>) =>
  proxyFor(new URL(target), environment)?.href;

test.each([
  ["none", {}, undefined],
  ["HTTPS_PROXY", { HTTPS_PROXY }, "http://proxy.corp:3128/"],
  ["https_proxy", { https_proxy: HTTPS_PROXY }, "http://proxy.corp:3128/"],
  ["HTTPS_PROXY before https_proxy", { https_proxy: "http://other", HTTPS_PROXY }, "http://proxy.corp:3128/"],
  ["ALL_PROXY", { ALL_PROXY: HTTPS_PROXY }, "http://proxy.corp:3128/"],
  ["HTTPS_PROXY before ALL_PROXY", { ALL_PROXY: "http://other", HTTPS_PROXY }, "http://proxy.corp:3128/"],
  ["not HTTP_PROXY", { HTTP_PROXY: HTTPS_PROXY }, undefined],
  ["an empty one is none", { HTTPS_PROXY: " " }, undefined],
  ["without a scheme", { HTTPS_PROXY: "proxy.corp:3128" }, "http://proxy.corp:3128/"],
  ["by TLS", { HTTPS_PROXY: "https://proxy.corp" }, "https://proxy.corp/"],
  ["with user and password", { HTTPS_PROXY: "http://ada:s%40y@proxy.corp" }, "http://ada:s%40y@proxy.corp/"],
])("%s", (_, environment, proxy) => expect(chosen(server, environment)).toBe(proxy));

test.each([
  ["*", server, false],
  ["amazonaws.com", server, false],
  [".amazonaws.com", server, false],
  ["*.eks.amazonaws.com", server, false],
  ["AMAZONAWS.COM", server, false],
  ["example.com,  eks.amazonaws.com", server, false],
  ["aws.com", server, true],
  [".amazonaws.com", "https://amazonaws.com", true],
  ["amazonaws.com", "https://amazonaws.com", false],
  ["amazonaws.com:443", server, false],
  ["amazonaws.com:8443", server, true],
  ["amazonaws.com:8443", `${server}:8443`, false],
  ["10.0.0.0/8", "https://10.1.2.3", false],
  ["10.0.0.0/8", "https://11.1.2.3", true],
  ["10.0.0.0/99", "https://10.1.2.3", true],
  ["10.1.2.3", "https://10.1.2.3", false],
  ["fd00::/8", "https://[fd00::1]", false],
  ["fd00::1", "https://[fd00::1]:6443", false],
  ["[fd00::1]:6443", "https://[fd00::1]:6443", false],
  ["[fd00::1]:6443", "https://[fd00::1]", true],
  ["", "https://localhost:6443", false],
  ["", "https://127.0.0.1:6443", false],
  ["", "https://[::1]:6443", false],
  [", ,", server, true],
])("NO_PROXY=%s for %s: by the proxy is %s", (NO_PROXY, target, proxied) => {
  expect(chosen(target, { HTTPS_PROXY, NO_PROXY }) !== undefined).toBe(proxied);
  expect(chosen(target, { HTTPS_PROXY, no_proxy: NO_PROXY }) !== undefined).toBe(proxied);
});

test.each([
  ["socks5://ada:secret@proxy.corp", "has the scheme socks5://"],
  ["http://ada:secret@", "is not a URL"],
])("%s is refused, without its password", (value, why) => {
  const refused = () => chosen(server, { HTTPS_PROXY: value });
  expect(refused).toThrow(
    expect.objectContaining({
      code: "ProxyInvalid",
      message: `the proxy in HTTPS_PROXY cannot be used: it ${why}`,
      hint: expect.not.stringContaining("secret"),
    }),
  );
});
