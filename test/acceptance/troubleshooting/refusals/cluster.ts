/** What is wrong with the cluster, or on the way to it. */
import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer, type Socket } from "node:net";
import { generate } from "selfsigned";
import { listenInTest, pour } from "../../../support/server.ts";
import { repositoryFile } from "../../support/run.ts";
import { all, alreadySetUp, described, setup, wroteKubeconfig } from "../given.ts";
import type { Refusal } from "../refusal.ts";

const otherCa: Refusal["given"] = async (world) =>
  described({ ca: (await readFile(repositoryFile("test/fixtures/tls/other-ca.pem"))).toString("base64") })(world);

/** Accepts connections, and says nothing. */
async function silentServer(onConnection?: (socket: Socket) => void): Promise<string> {
  return `https://${(await listenInTest(createServer(onConnection))).host}`;
}

/** Answers with a certificate of its own. */
async function webServer(answer: (response: ServerResponse) => void): Promise<string> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], { keyType: "ec" });
  const server = createHttpsServer({ cert, key }, (_, response) => answer(response));
  return `https://${(await listenInTest(server)).host}`;
}

const itWorks = (response: ServerResponse) => response.end("<html>It works!</html>");

const endless = (response: ServerResponse): void => void pour(response, Buffer.alloc(2 ** 20, " "));

const tunnelTo = (server: string): string => `apiVersion: v1
kind: Config
clusters:
- { name: demo, cluster: { server: "${server}", insecure-skip-tls-verify: true } }
users:
- { name: ada, user: { token: secret } }
contexts:
- { name: tunnel, context: { cluster: demo, user: ada } }
`;

const anyPort = (text: string): string =>
  text.replace(/127\.0\.0\.1:\d+/g, "0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com");

export const cluster: readonly Refusal[] = [
  {
    code: "ClusterNotReady",
    when: "the cluster is still being created",
    given: described({ status: "CREATING" }),
    command: setup,
    why: "It has no endpoint and no certificate authority yet.",
    fix: "Wait: it takes about ten minutes.",
    doctor: "cluster ClusterNotReady",
  },
  {
    code: "DnsFailed",
    when: "the API server's name does not resolve",
    given: described({ endpoint: "https://0123456789ABCDEF.gr7.us-east-1.eks.invalid" }),
    command: setup,
    why: "The cluster was just deleted, DNS does not work here, or the endpoint is private and this network does not use the VPC's resolver.",
    fix: "Try `nslookup` with the host in the message, on the same computer.",
    doctor: "endpoint DnsFailed",
    tidy: (text) => text.replaceAll("EAI_AGAIN", "ENOTFOUND"),
  },
  {
    code: "ConnectionRefused",
    when: "nothing listens at the endpoint",
    given: described({ endpoint: "https://127.0.0.1:1" }),
    command: setup,
    why: "A firewall rejects the connection, a tunnel has ended, or the endpoint is private.",
    fix: "`curl -k ENDPOINT/version` shows whether the endpoint can be reached; it needs no credentials.",
    doctor: "endpoint ConnectionRefused",
  },
  {
    code: "Timeout",
    when: "the endpoint does not answer",
    given: async (world) => described({ endpoint: await silentServer() })(world),
    command: ({ cluster }) => `doctor --cluster ${cluster}`,
    why: "Packets are dropped on the way: the endpoint is private, `publicAccessCidrs` exclude you, or a firewall does.",
    fix: "Connect to the VPC, or add your address to `publicAccessCidrs`: `aws eks update-cluster-config`.",
    doctor: "endpoint Timeout",
    tidy: anyPort,
  },
  {
    code: "ConnectionLost",
    when: "the endpoint ends each connection",
    given: async (world) => described({ endpoint: await silentServer((socket) => socket.destroy()) })(world),
    command: setup,
    why: "A load balancer or a tunnel accepts the connection, but has no server behind it.",
    fix: "Check what is between this computer and the API server.",
    doctor: "endpoint ConnectionLost",
    tidy: anyPort,
  },
  {
    code: "TlsFailed",
    when: "the certificate is not from the cluster's CA",
    given: otherCa,
    command: setup,
    why: "A proxy intercepts TLS, or the cluster's certificate authority was rotated and something still uses the old one.",
    fix: "If the CA was rotated, `eks-lambda setup` writes the new one into function and kubeconfig. A proxy must pass the endpoint through without interception.",
    doctor: "endpoint TlsFailed",
    tidy: (text) => text.replace(/\([A-Z_]+\) \(TlsFailed\)/g, "(UNABLE_TO_VERIFY_LEAF_SIGNATURE) (TlsFailed)"),
  },
  {
    code: "UnexpectedAnswer",
    when: "the context's tunnel ends at another server",
    given: async (world) => wroteKubeconfig(tunnelTo(await webServer(itWorks)))(world),
    command: (names) => `${setup(names)} --context tunnel --allow-other-server`,
    why: "Another program uses the tunnel's port, or a proxy shows its login page.",
    fix: "`curl -k SERVER/version` shows what answers at the context's `server`.",
    doctor: "stack NotSetUp",
    tidy: (text) => text.replace(/127\.0\.0\.1:\d+/g, "localhost:8443"),
  },
  {
    code: "AnswerTooLong",
    when: "the context's tunnel ends at a server whose answer does not end",
    given: async (world) => wroteKubeconfig(tunnelTo(await webServer(endless)))(world),
    command: (names) => `${setup(names)} --context tunnel --allow-other-server`,
    why: "Another program uses the tunnel's port. In your own function: a list is too long for the function's memory.",
    fix: "`curl -k SERVER/version` shows what answers at the context's `server`. Read long lists in pages, with `limit` and `continue`.",
    doctor: "stack NotSetUp",
    tidy: (text) => text.replace(/127\.0\.0\.1:\d+/g, "localhost:8443"),
  },
  {
    code: "AccessModeUnsupported",
    when: "aws-auth is asked for and the cluster does not read it",
    given: described({ authenticationMode: "API" }),
    command: (names) => `${setup(names)} --access aws-auth`,
    why: "In authentication mode API, the cluster reads access entries only.",
    fix: "Let setup choose: leave `--access` out.",
    doctor: "stack NotSetUp",
  },
  {
    code: "AccessModeUnsupported",
    when: "an access entry is asked for and the cluster does not support them",
    given: described({ authenticationMode: null }),
    command: (names) => `${setup(names)} --access access-entry`,
    why: "The cluster is older than access entries, or was created in mode CONFIG_MAP.",
    fix: "Use aws-auth, or change the mode. That cannot be undone, so tell everyone who uses the cluster.",
    doctor: "stack NotSetUp",
  },
  {
    code: "AccessModeFailed",
    when: "EKS cannot change the authentication mode",
    given: async ({ backend }) => {
      backend.faults.failUpdates();
      return undefined;
    },
    command: (names) => `${setup(names)} --enable-access-entries`,
    why: "EKS began the update and could not end it. The cluster keeps its mode, and nothing else was changed.",
    fix: "Fix what the message says, then run setup again. Without `--enable-access-entries`, setup uses aws-auth.",
    doctor: "stack NotSetUp",
  },
  {
    code: "SubnetsNotKnown",
    when: "the endpoint is private, and the cluster's description has no subnets",
    given: described({
      resourcesVpcConfig: {
        ...{ endpointPublicAccess: false, endpointPrivateAccess: true, publicAccessCidrs: [] },
        ...{ vpcId: "vpc-0a", subnetIds: [] },
      },
    }),
    command: setup,
    why: "Outside of the cluster's VPC the function cannot reach a private endpoint, and EKS does not say in which subnets it can run.",
    fix: "Name private subnets of the cluster's VPC, in which the function gets its network interfaces.",
    doctor: "stack SubnetsNotKnown",
  },
  {
    code: "NamespaceNotFound",
    when: "the namespace does not exist",
    command: (names) => `${setup(names)} --namespace web`,
    why: "The Role belongs to the namespace in which the function may act.",
    fix: "Create the namespace first. setup creates none, because it would not know its owner.",
    doctor: "stack NotSetUp",
  },
  {
    code: "NamespaceNotFound",
    when: "the namespace was deleted after setup",
    given: all(
      async ({ backend }) =>
        void (await backend.kube("POST", "/api/v1/namespaces", {
          body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } },
        })),
      async ({ run, names }) => void (await run(`${setup(names)} --namespace web --no-kubeconfig`)),
      async ({ backend }) => {
        await backend.kube("DELETE", "/api/v1/namespaces/web");
        while ((await backend.kube("GET", "/api/v1/namespaces/web")).status !== 404)
          await new Promise((resolve) => setTimeout(resolve, 50));
        return undefined;
      },
    ),
    command: ({ cluster }) => `doctor --cluster ${cluster}`,
    why: "The Role was deleted with its namespace.",
    fix: "Create it again and run setup, which creates Role and RoleBinding again.",
    doctor: "rbac NamespaceNotFound",
  },
  {
    code: "FunctionOutdated",
    when: "the cluster was created again under its old name",
    given: all(alreadySetUp, async (world) =>
      described({ endpoint: world.backend.cluster.endpoint.replace("127.0.0.1", "localhost") })(world),
    ),
    command: ({ cluster }) => `doctor --cluster ${cluster}`,
    why: "The function's environment has the endpoint and certificate authority from the time when setup ran.",
    fix: "Run `eks-lambda setup`; it also refreshes the kubeconfig.",
    doctor: "function FunctionOutdated",
    tidy: (text) =>
      text.replace(/https:\/\/localhost:\d+/g, "https://FEDCBA9876543210.gr7.us-east-1.eks.amazonaws.com"),
  },
];
