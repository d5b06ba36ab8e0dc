/** The running cluster: etcd, the API server, controllers, kwok for the nodes, and EKS's authenticator. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Built } from "./build.ts";
import { type Certificates, type Client, ownUsers, writeKubeconfig } from "./certificates.ts";
import { reachable } from "./http.ts";
import { Kube } from "./kube.ts";
import { kwokArguments } from "./kwok.ts";
import { Child, freePort, type StartOptions } from "./processes.ts";
import { run } from "./run.ts";

export interface ControlPlane {
  readonly endpoint: string;
  readonly kube: Kube;
  /** A kubeconfig of an administrator whose requests are not counted as a caller's. */
  readonly kubeconfig: string;
  readonly auditLog: string;
  readonly etcdUrl: string;
  /** Kills the API server, restarts it on the same port, and waits until it is ready. */
  restartApiServer(): Promise<void>;
  /** Files that the authenticator watches, and its log. */
  readonly authenticatorFiles: AuthenticatorFiles;
}

interface AuthenticatorFiles {
  /** Access entries. */
  readonly entriesFile: string;
  /** The backends that the authenticator asks. */
  readonly modeFile: string;
  readonly authenticatorLog: string;
}

export interface ControlPlaneOptions {
  readonly folder: string;
  readonly logs: string;
  readonly built: Built;
  readonly certificates: Certificates;
  readonly clusterName: string;
  /** ARN of the IAM user who created the cluster and is its administrator without a mapping. */
  readonly creatorArn: string;
  readonly region: string;
  readonly partition: string;
  readonly stsProxyPort: number;
  /** A webhook that knows EKS's access policies. */
  readonly authorizer: string;
  /** Called with each process as it starts, so that the caller can end it if a later one fails. */
  readonly started: (child: Child) => void;
}

const controllers = [
  "deployment-controller",
  "replicaset-controller",
  "garbage-collector-controller",
  "namespace-controller",
  "serviceaccount-controller",
  "serviceaccount-token-controller",
  "resourcequota-controller",
  "node-lifecycle-controller",
  "job-controller",
  "statefulset-controller",
  "daemonset-controller",
  "disruption-controller",
  "persistentvolume-binder-controller",
  "persistentvolumeclaim-protection-controller",
  "persistentvolume-protection-controller",
  "ephemeral-volume-controller",
  "ttl-after-finished-controller",
];

const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived", "ResponseStarted"],
  rules: [
    { level: "None", users: ["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler"] },
    { level: "None", userGroups: ["system:serviceaccounts:kube-system", "system:nodes"] },
    { level: "None", userGroups: ["system:masters"], verbs: ["get", "list", "watch"] },
    { level: "Metadata" },
  ],
};

export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { folder, logs, built, certificates } = options;
  const at = (name: string) => join(folder, name);
  const start = (...[name, command, args, settings = {}]: [string, string, string[], StartOptions?]): Child => {
    const child = new Child(name, logs, command, args, settings);
    options.started(child);
    return child;
  };
  await mkdir(folder, { recursive: true });
  const [etcdPort, etcdPeerPort, apiPort, authenticatorPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const endpoint = `https://127.0.0.1:${apiPort}`;
  const program = (name: string) => join(built.controlPlane, "bin", name);
  const kubeconfigOf = (name: Client) =>
    writeKubeconfig(at(`${name}.kubeconfig`), endpoint, certificates.ca, certificates.client(name));

  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const peerUrl = `http://127.0.0.1:${etcdPeerPort}`;
  start("etcd", join(built.etcd, "bin/etcd"), [
    ...["--data-dir", at("etcd"), "--unsafe-no-fsync", "--log-level", "warn"],
    ...["--listen-client-urls", etcdUrl, "--advertise-client-urls", etcdUrl],
    ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
    ...["--initial-cluster", `default=${peerUrl}`],
  ]);

  const authenticator = join(built.authenticator, "bin/aws-iam-authenticator");
  await run(authenticator, ["init", "-i", options.clusterName, "--hostname", "127.0.0.1"], { cwd: folder });
  const auditLog = at("audit.log");
  const authenticatorFiles = {
    entriesFile: at("access-entries.json"),
    modeFile: at("backend-mode.json"),
    authenticatorLog: join(logs, "authenticator.log"),
  };
  await Promise.all([
    writeFile(auditLog, ""),
    writeFile(at("audit-policy.json"), JSON.stringify(auditPolicy)),
    writeKubeconfig(at("webhook.kubeconfig"), `https://127.0.0.1:${authenticatorPort}/authenticate`, at("cert.pem")),
    writeKubeconfig(at("authorizer.kubeconfig"), options.authorizer, certificates.ca),
    writeFile(at("authenticator.json"), JSON.stringify(authenticatorConfig(options, authenticatorFiles))),
    writeFile(authenticatorFiles.entriesFile, "{}"),
    // A mode that it does not know ends the authenticator's watch for a second.
    writeFile(authenticatorFiles.modeFile, JSON.stringify({ backendMode: backends.join(" ") })),
  ]);

  const startApiServer = () =>
    start("kube-apiserver", program("kube-apiserver"), [
      ...["--etcd-servers", etcdUrl, "--secure-port", String(apiPort)],
      ...["--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1", "--endpoint-reconciler-type", "none"],
      ...["--tls-cert-file", certificates.server.cert, "--tls-private-key-file", certificates.server.key],
      ...["--client-ca-file", certificates.ca, "--authorization-mode", "Node,RBAC,Webhook"],
      ...["--authorization-webhook-config-file", at("authorizer.kubeconfig"), "--authorization-webhook-version", "v1"],
      ...["--authorization-webhook-cache-authorized-ttl", "0s"],
      ...["--authorization-webhook-cache-unauthorized-ttl", "0s"],
      ...["--service-account-key-file", certificates.serviceAccounts.publicKey],
      ...["--service-account-signing-key-file", certificates.serviceAccounts.key],
      ...["--service-account-issuer", "https://kubernetes.default.svc", "--service-cluster-ip-range", "10.96.0.0/16"],
      ...["--authentication-token-webhook-config-file", at("webhook.kubeconfig")],
      ...["--authentication-token-webhook-version", "v1beta1", "--kubelet-preferred-address-types", "InternalIP"],
      ...["--audit-policy-file", at("audit-policy.json"), "--audit-log-path", auditLog, "--audit-log-mode", "blocking"],
    ]);
  const kube = new Kube(endpoint, certificates.caText, {
    cert: await readFile(certificates.client("admin").cert),
    key: await readFile(certificates.client("admin").key),
  });
  const isReady = async () => {
    if ((await kube.request("GET", "/readyz")).status !== 200) throw new Error("not ready");
  };
  let apiServer = startApiServer();
  await apiServer.until(isReady);
  const restartApiServer = async () => {
    await apiServer.stop();
    apiServer = startApiServer();
    await apiServer.until(isReady);
  };

  start("kube-controller-manager", program("kube-controller-manager"), [
    ...["--kubeconfig", await kubeconfigOf("controller-manager"), "--use-service-account-credentials=true"],
    ...["--leader-elect=false", "--secure-port", "0", "--controllers", controllers.join(",")],
    ...["--service-account-private-key-file", certificates.serviceAccounts.key],
    // Provisions volumes of the class `kubernetes.io/host-path`, as a CSI driver does of its own.
    "--enable-hostpath-provisioner=true",
    // The node of kwok has no heartbeat. Without this, it and its Pods are not ready every 50 seconds, and the Pods stay so.
    ...["--node-monitor-grace-period", "24h"],
  ]);
  start("kube-scheduler", program("kube-scheduler"), [
    ...["--kubeconfig", await kubeconfigOf("scheduler"), "--leader-elect=false", "--secure-port", "0"],
  ]);
  const kwok = {
    ...{ stages: join(built.kwok, "stages"), folder, port: await freePort(), server: certificates.server },
  };
  start("kwok", join(built.kwok, "bin/kwok"), [
    ...["--kubeconfig", await kubeconfigOf("kwok"), "--manage-all-nodes=true"],
    ...(await kwokArguments(kwok)),
  ]);
  const server = start(
    "authenticator",
    authenticator,
    [
      ...["server", "-i", options.clusterName, "--port", String(authenticatorPort)],
      ...["--partition", options.partition, "--backend-mode", backends.join(","), "--config", at("authenticator.json")],
      ...["--kubeconfig", await kubeconfigOf("authenticator"), "--state-dir", folder, "--kubeconfig-pregenerated=true"],
    ],
    {
      env: {
        AWS_EC2_METADATA_DISABLED: "true",
        AWS_REGION: options.region,
        HTTPS_PROXY: `http://127.0.0.1:${options.stsProxyPort}`,
        SSL_CERT_FILE: certificates.ca,
      },
    },
  );
  await kube.request("POST", "/api/v1/nodes", { body: nodeAt(kwok.port) });
  const hasMode = async () => {
    if (!(await readFile(authenticatorFiles.authenticatorLog, "utf8")).includes("same with current mode"))
      throw new Error("no mode yet");
  };
  await Promise.all([
    server.until(() => reachable(authenticatorPort)),
    server.until(hasMode),
    defaultServiceAccount(kube),
  ]);
  const adminKubeconfig = await kubeconfigOf("admin");
  return { endpoint, kube, kubeconfig: adminKubeconfig, auditLog, etcdUrl, restartApiServer, authenticatorFiles };
}

/** A namespace refuses Pods until its default service account exists. */
async function defaultServiceAccount(kube: Kube): Promise<void> {
  while ((await kube.request("GET", "/api/v1/namespaces/default/serviceaccounts/default")).status !== 200)
    await sleep(50);
}

/** Of the authenticator, when it starts. */
const backends = ["MountedFile", "DynamicFile", "EKSConfigMap"];

function authenticatorConfig({ clusterName, creatorArn }: ControlPlaneOptions, files: AuthenticatorFiles): unknown {
  const creator = { userARN: creatorArn, username: "kubernetes-admin", groups: ["system:masters"] };
  const server = {
    mapUsers: [creator],
    // Identifies a principal by its unique ID, not by its ARN, as EKS's access entries do.
    ...{ dynamicfilepath: files.entriesFile, dynamicfileUserIDStrict: true },
    dynamicBackendModePath: files.modeFile,
  };
  return { clusterID: clusterName, server };
}

const resources = { cpu: "32", memory: "256Gi", pods: "110" };
const nodeAt = (port: number) => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: `${ownUsers}node`, labels: { "kubernetes.io/hostname": `${ownUsers}node` } },
  status: {
    ...{ capacity: resources, allocatable: resources },
    // kwok needs both. Otherwise it deletes all of them.
    addresses: ["InternalIP", "Hostname"].map((type) => ({ type, address: "127.0.0.1" })),
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  },
});
