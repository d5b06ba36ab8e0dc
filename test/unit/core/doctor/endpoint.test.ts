import { expect, test } from "vitest";
import { explained } from "../../../../src/core/doctor/endpoint.ts";
import { EksLambdaError } from "../../../../src/core/errors.ts";

const endpoint = "https://ABC.gr7.us-east-1.eks.amazonaws.com";
const network = {
  public: true,
  private: false,
  publicCidrs: ["0.0.0.0/0"],
  vpcId: "vpc-1",
  subnetIds: [],
  fullSubnetIds: [],
  securityGroupId: undefined,
};
const timeout = new EksLambdaError("Timeout", "no answer", { hint: "the usual" });
const tls = new EksLambdaError("TlsFailed", "not the CA", { hint: "a new CA" });
const proxy =
  "the connection uses the proxy proxy:3128: check that it admits abc.gr7.us-east-1.eks.amazonaws.com, or bypass it: NO_PROXY=abc.gr7.us-east-1.eks.amazonaws.com";
const HTTPS_PROXY = "http://proxy:3128";

test.each([
  ["a public endpoint that all may reach", timeout, network, {}, "the usual"],
  [
    "a private endpoint",
    timeout,
    { ...network, public: false, private: true },
    {},
    "the endpoint is private: connect from within vpc-1, or through a VPN, a bastion or a tunnel (--context, --allow-other-server)",
  ],
  [
    "a public endpoint that admits some",
    timeout,
    { ...network, publicCidrs: ["192.0.2.0/24", "198.51.100.7/32"] },
    {},
    "the public endpoint admits only 192.0.2.0/24, 198.51.100.7/32: check that your address is among them: curl https://checkip.amazonaws.com",
  ],
  ["a certificate, whatever the network", tls, { ...network, public: false }, {}, "a new CA"],
  ["a proxy on the way", timeout, network, { HTTPS_PROXY }, `the usual\n${proxy}`],
  ["a proxy that TLS meets", tls, network, { HTTPS_PROXY }, `a new CA\n${proxy}`],
  [
    "the proxy itself",
    new EksLambdaError("ProxyFailed", "the proxy answered 407", { hint: "user and password" }),
    { ...network, public: false },
    { HTTPS_PROXY },
    "user and password",
  ],
  [
    "a proxy that is not for this host",
    timeout,
    network,
    { HTTPS_PROXY, NO_PROXY: "localhost, .eks.amazonaws.com" },
    "the usual",
  ],
])("%s", (_, error, network, environment, hint) =>
  expect(explained(error, { endpoint, network, environment })).toMatchObject({
    code: error.code,
    message: error.message,
    hint,
  }),
);
