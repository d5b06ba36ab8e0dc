/** What is wrong with the cluster, or on the way to it. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { generate } from "selfsigned";
import { repositoryFile } from "../../support/run.ts";
import { all, alreadySetUp, described, setup, wroteKubeconfig } from "../given.ts";
import type { Refusal } from "../refusal.ts";

const otherCa: Refusal["given"] = async (world) =>
  described({ ca: (await readFile(repositoryFile("test/fixtures/tls/other-ca.pem"))).toString("base64") })(world);

/** Accepts connections, and says nothing. */
async function silentServer(onConnection?: (socket: Socket) => void): Promise<string> {
  const server = createServer(onConnection).listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers with a certificate of its own. */
async function webServer(answer: (response: ServerResponse) => void): Promise<string> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], { keyType: "ec" });
  const server = createHttpsServer({ cert, key }, (_, response) => answer(response));
  await once(server.listen(0, "127.0.0.1").unref(), "listening");
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const itWorks = (response: ServerResponse) => response.end("<html>It works!</html>");

function endless(response: ServerResponse): void {
  if (!response.destroyed) response.write(Buffer.alloc(2 ** 20, " "), () => endless(response));
}

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
    why: "it has no endpoint and no certificate authority yet.",
    mend: "wait; it takes about ten minutes.",
    doctor: "cluster ClusterNotReady",
  },
  {
    code: "DnsFailed",
    when: "the API server's name does not resolve",
    given: described({ endpoint: "https://0123456789ABCDEF.gr7.us-east-1.eks.invalid" }),
    command: setup,
    why: "the cluster was deleted a moment ago, DNS does not work here, or the endpoint is private and this network does not ask the VPC's resolver.",
    mend: "try `nslookup` with the host of the message, from where the command runs.",
    doctor: "endpoint DnsFailed",
    tidy: (text) => text.replaceAll("EAI_AGAIN", "ENOTFOUND"),
  },
  {
    code: "ConnectionRefused",
    when: "nothing listens at the endpoint",
    given: described({ endpoint: "https://127.0.0.1:1" }),
    command: setup,
    why: "a firewall, a tunnel that has ended, or an endpoint that is private.",
    mend: "`curl -k ENDPOINT/version` shows whether the way is open, whoever you are.",
    doctor: "endpoint ConnectionRefused",
  },
  {
    code: "Timeout",
    when: "the endpoint does not answer",
    given: async (world) => described({ endpoint: await silentServer() })(world),
    command: ({ cluster }) => `doctor --cluster ${cluster}`,
    why: "packets are dropped on the way: the endpoint is private, `publicAccessCidrs` leave you out, or a firewall does.",
    mend: "a way into the VPC, or your address in `publicAccessCidrs`: `aws eks update-cluster-config`.",
    doctor: "endpoint Timeout",
    tidy: anyPort,
  },
  {
    code: "ConnectionLost",
    when: "the endpoint ends each connection",
    given: async (world) => described({ endpoint: await silentServer((socket) => socket.destroy()) })(world),
    command: setup,
    why: "a load balancer or a tunnel takes the connection, and has nothing behind it.",
    mend: "what stands between here and the API server.",
    doctor: "endpoint ConnectionLost",
    tidy: anyPort,
  },
  {
    code: "TlsFailed",
    when: "the certificate is not from the cluster's CA",
    given: otherCa,
    command: setup,
    why: "a proxy that opens TLS stands in between, or the cluster's certificate authority was rotated and something still knows the old one.",
    mend: "when the CA was rotated, `eks-lambda setup` writes the new one into function and kubeconfig; a proxy must let the endpoint through unopened.",
    doctor: "endpoint TlsFailed",
    tidy: (text) => text.replace(/\([A-Z_]+\) \(TlsFailed\)/g, "(UNABLE_TO_VERIFY_LEAF_SIGNATURE) (TlsFailed)"),
  },
  {
    code: "UnexpectedAnswer",
    when: "the context's tunnel ends at another server",
    given: async (world) => wroteKubeconfig(tunnelTo(await webServer(itWorks)))(world),
    command: (names) => `${setup(names)} --context tunnel --allow-other-server`,
    why: "another program has taken the tunnel's port, or a proxy shows its login page.",
    mend: "`curl -k SERVER/version` shows who answers at the context's `server`.",
    doctor: "stack NotSetUp",
    tidy: (text) => text.replace(/127\.0\.0\.1:\d+/g, "localhost:8443"),
  },
  {
    code: "AnswerTooLong",
    when: "the context's tunnel ends at a server whose answer does not end",
    given: async (world) => wroteKubeconfig(tunnelTo(await webServer(endless)))(world),
    command: (names) => `${setup(names)} --context tunnel --allow-other-server`,
    why: "another program has taken the tunnel's port; or, in a function of your own, a list is longer than the function's memory should hold.",
    mend: "`curl -k SERVER/version` shows who answers at the context's `server`. A list is read in parts with `limit` and `continue`.",
    doctor: "stack NotSetUp",
    tidy: (text) => text.replace(/127\.0\.0\.1:\d+/g, "localhost:8443"),
  },
  {
    code: "AccessModeUnsupported",
    when: "aws-auth is asked for and the cluster does not read it",
    given: described({ authenticationMode: "API" }),
    command: (names) => `${setup(names)} --access aws-auth`,
    why: "in authentication mode API the cluster reads access entries alone.",
    mend: "let setup choose.",
    doctor: "stack NotSetUp",
  },
  {
    code: "AccessModeUnsupported",
    when: "an access entry is asked for and the cluster knows none",
    given: described({ authenticationMode: null }),
    command: (names) => `${setup(names)} --access access-entry`,
    why: "the cluster is of the time before access entries, or was made in mode CONFIG_MAP.",
    mend: "aws-auth, or changing the mode for ever; everyone who uses the cluster should know of that.",
    doctor: "stack NotSetUp",
  },
  {
    code: "NamespaceNotFound",
    when: "the namespace is not there",
    command: (names) => `${setup(names)} --namespace web`,
    why: "the Role lives in the namespace in which the function may act.",
    mend: "make the namespace first; setup makes none, for it would not know whose it is.",
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
    why: "the Role went with its namespace.",
    mend: "make it again and run setup, which makes Role and RoleBinding again.",
    doctor: "rbac NamespaceNotFound",
  },
  {
    code: "FunctionOutdated",
    when: "the cluster was made anew under its old name",
    given: all(alreadySetUp, async (world) =>
      described({ endpoint: world.backend.cluster.endpoint.replace("127.0.0.1", "localhost") })(world),
    ),
    command: ({ cluster }) => `doctor --cluster ${cluster}`,
    why: "endpoint and certificate authority stand in the function's environment, as they were when setup ran.",
    mend: "`eks-lambda setup`; it also refreshes the kubeconfig.",
    doctor: "function FunctionOutdated",
    tidy: (text) =>
      text.replace(/https:\/\/localhost:\d+/g, "https://FEDCBA9876543210.gr7.us-east-1.eks.amazonaws.com"),
  },
];
