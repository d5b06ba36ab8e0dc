/**
 * The real backend: an EKS cluster built from real parts. It runs the Kubernetes control plane with EKS's
 * authenticator, an AWS account that deploys and refuses like CloudFormation, and AWS's Lambda runtime, all on the
 * loopback interface.
 */

import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Backend, type Credentials, type Place, virginia, type Write } from "../../acceptance/backend.ts";
import { policyRules } from "./access-policies.ts";
import { type Account, startAccount } from "./account.ts";
import { AuditLog } from "./audit.ts";
import { startAwsFront } from "./aws-front.ts";
import { buildAll } from "./build.ts";
import { createCertificates } from "./certificates.ts";
import { resetCluster } from "./cluster-reset.ts";
import { startControlPlane } from "./control-plane.ts";
import { CustomResources } from "./custom-resources.ts";
import { Functions } from "./functions.ts";
import type { Kube } from "./kube.ts";
import { appendToLog, replaceLog } from "./kwok.ts";
import { Secrets } from "./signature.ts";
import { startStsProxy } from "./sts-proxy.ts";

const account = "123456789012";

/** What the real backend adds to the `Backend` contract. */
export interface RealBackend extends Backend {
  readonly name: "real";
  /** Programs in the cache: kubectl, and those of the Python environment (`sam`, `cfn-lint`). */
  readonly bin: { readonly kubectl: string; readonly python: string; readonly sam: string; readonly cfnLint: string };
  /** Folders of those programs, for a PATH. */
  readonly path: readonly string[];
  /** A kubeconfig of the cluster administrator. Writes made with it are not in `writes()`. */
  readonly kubeconfig: string;
  /** The backend's folder. `logs` has one log for each process. */
  readonly folder: string;
  /** Calls a function with a given request id, as Lambda does when it retries an asynchronous event. */
  invoke(name: string, event: unknown, requestId?: string): Promise<Invocation>;
  /** All requests of a Kubernetes user since the start, from the API server's audit log: `get /version`. */
  requestsOf(username: string): Promise<readonly string[]>;
  /** Delays STS's answers to the authenticator. */
  delaySts(ms: number): void;
}

export interface Invocation {
  readonly payload: unknown;
  readonly failed: boolean;
  readonly log: string;
}

export interface RealBackendOptions {
  /** Name of the running cluster. Default: `demo`. */
  readonly clusterName?: string;
  readonly place?: Place;
  /** Called with a message for each part that has to be built. The first build takes minutes. */
  readonly report?: (line: string) => void;
}

export async function startBackend({
  clusterName = "demo",
  place = virginia,
  report,
}: RealBackendOptions = {}): Promise<RealBackend> {
  const built = await buildAll(report);
  const { region, partition } = place;
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-e2e-"));
  const logs = join(folder, "logs");
  const stopping: (() => unknown)[] = [];
  const keep = Boolean(process.env.EKS_LAMBDA_E2E_KEEP);

  async function stop({ failed = false } = {}): Promise<void> {
    for (const step of stopping.splice(0).reverse()) await step();
    if (keep || failed) process.stderr.write(`kept ${folder}\n`);
    else await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }

  async function start(): Promise<RealBackend> {
    const [certificates, aws] = await Promise.all([
      createCertificates(join(folder, "certificates"), [region, "eu-west-1"]),
      startAccount(logs, region, built.aws).then((started) => {
        stopping.push(() => started.child.stop());
        return started;
      }),
    ]);
    const secrets = new Secrets();
    const creator = await aws.creator();
    secrets.add(creator);
    const stsTls = {
      cert: await readFile(certificates.sts.cert, "utf8"),
      key: await readFile(certificates.sts.key, "utf8"),
    };
    const sts = await startStsProxy(stsTls, secrets, aws.port);
    stopping.push(() => sts.close());

    const creatorArn = `arn:${partition}:iam::${account}:user/admin`;
    const clusterFolder = join(folder, "cluster");
    const controlPlane = await startControlPlane({
      ...{
        folder: clusterFolder,
        logs,
        built,
        certificates,
        clusterName,
        creatorArn,
        region,
        partition,
        stsProxyPort: sts.port,
        authorizer: aws.authorizer,
      },
      started: (child) => stopping.push(() => child.stop()),
    });
    const { kube, endpoint, kubeconfig } = controlPlane;
    stopping.push(() => kube.close());

    const ca = Buffer.from(certificates.caText).toString("base64");
    const cluster = { name: clusterName, endpoint, ca };
    await aws.setLivingCluster({ ...cluster, ...controlPlane.authenticatorFiles });
    await aws.learnPolicies(await policyRules(kube));
    const functions = new Functions({ account: aws, secrets, region, partition, programs: built, folder: logs });
    stopping.push(() => functions.reset());
    const customResources = new CustomResources({ account: aws, functions, region, partition });
    const front = await startAwsFront({ secrets, account: aws.port, functions, customResources });
    functions.useS3(`http://127.0.0.1:${front.port}`);
    await aws.useFront(`http://127.0.0.1:${front.port}/_backend/custom-resource`);
    stopping.push(() => front.close());
    const audit = new AuditLog(controlPlane.auditLog);

    const venv = join(built.aws, "bin");
    const kubernetes = join(built.controlPlane, "bin");
    return {
      name: "real",
      account,
      region,
      partition,
      cluster,
      env: {
        AWS_ENDPOINT_URL: `http://127.0.0.1:${front.port}`,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: creator.accessKeyId,
        AWS_SECRET_ACCESS_KEY: creator.secretAccessKey,
        AWS_EC2_METADATA_DISABLED: "true",
      },
      bin: {
        kubectl: join(kubernetes, "kubectl"),
        python: join(venv, "python"),
        sam: join(venv, "sam"),
        cfnLint: join(venv, "cfn-lint"),
      },
      path: [kubernetes, venv],
      kubeconfig,
      folder,
      assumeRole: (name, path) => assumeRole({ aws, secrets, partition, name, path }),
      remove: async (type, name) => void (await aws.remove(type, name)),
      kube: (method, path, options) => kube.request(method, path, options),
      describe: async (name, description) => void (await aws.describeCluster(name, description)),
      network: async (network) => void (await aws.network(network)),
      writes: async () => {
        const byAws = front.takeWrites().map((action): Write => ({ to: "aws", action }));
        return [...byAws, ...(await audit.take()).map((action): Write => ({ to: "kube", action }))];
      },
      faults: {
        dropAnswer: (action) => front.dropAnswer(action),
        failResource: (logicalId) => front.before(aws.fail(logicalId)),
        failFunction: (functionName) => front.before(aws.failFunction(functionName)),
        failUpdates: () => front.before(aws.failUpdates()),
        forbid: (action) => front.forbid(action),
        withoutDriftReverts: () => front.before(aws.unknownParameter("DeploymentMode")),
        refuseNewRoles: (times) => front.before(aws.refuseNewRoles(times)),
        withoutArm64: () => front.before(aws.missingArchitecture("arm64")),
        withoutRuntime: (name) => front.before(aws.missingRuntime(name)),
        fullSubnet: (id) => front.before(aws.fullSubnet(id)),
        stackStatus: (stack, status) => front.before(aws.stackStatus(stack, status)),
        idle: (functionName) => front.before(aws.idle(functionName)),
        refuseAnswers: (times) => Object.assign(customResources.faults, { refuseAnswers: times }),
        dieBeforeAnswer: (times) => Object.assign(customResources.faults, { dieBeforeAnswer: times }),
        duplicateEvents: (times) => Object.assign(customResources.faults, { duplicateEvents: times }),
        enforcePolicies: () => front.before(aws.enforcePolicies()),
      },
      invoke: async (name, event, requestId = randomUUID()) => {
        const { payload, failed, log } = await functions.invoke(name, Buffer.from(JSON.stringify(event)), requestId);
        return { payload: JSON.parse(payload.toString()), failed, log };
      },
      requestsOf: (username) => audit.of(username),
      compact: () => compact(controlPlane.etcdUrl, kube),
      log: (_, text) => appendToLog(clusterFolder, text),
      failWith: (log) => replaceLog(clusterFolder, log),
      restartApiServer: () => controlPlane.restartApiServer(),
      delaySts: (ms) => sts.delay(ms),
      reset: async () => {
        await Promise.all([functions.reset(), aws.reset(), resetCluster(kube), replaceLog(clusterFolder, "")]);
        front.reset();
        customResources.reset();
        await audit.take();
      },
      stop,
    };
  }

  try {
    return await start();
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Compacts etcd as the API server does every five minutes. It learns the compacted revision from a key in etcd. */
async function compact(etcdUrl: string, kube: Kube): Promise<void> {
  const ask = async (path: string, body: object) => {
    const answer = await fetch(`${etcdUrl}/v3/kv/${path}`, { method: "POST", body: JSON.stringify(body) });
    return ((await answer.json()) as { readonly header: { readonly revision: string } }).header.revision;
  };
  const revision = await ask("range", { key: btoa("/") });
  await ask("put", { key: btoa("compact_rev_key"), value: btoa(revision) });
  await ask("compaction", { revision, physical: true });
  const old = `/api/v1/namespaces/default/configmaps?resourceVersion=${Number(revision) - 1}&resourceVersionMatch=Exact`;
  while ((await kube.request("GET", old)).status !== 410) await sleep(50);
}

/** The kubectl of the cluster's version. Builds it if it is missing. */
export async function kubectlPath(): Promise<string> {
  return join((await buildAll()).controlPlane, "bin/kubectl");
}

interface Assumed {
  readonly aws: Account;
  readonly secrets: Secrets;
  readonly partition: string;
  readonly name: string;
  readonly path: string | undefined;
}

/** Credentials of a role that anyone in the account may assume. Creates the role if it is missing. */
async function assumeRole({ aws, secrets, partition, name, path = "/" }: Assumed): Promise<Credentials> {
  const trust = {
    Effect: "Allow",
    Principal: { AWS: `arn:${partition}:iam::${account}:root` },
    Action: "sts:AssumeRole",
  };
  await aws.query("iam", {
    Action: "CreateRole",
    Version: "2010-05-08",
    ...{ RoleName: name, Path: path },
    AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
  });
  const { xml: role } = await aws.query("iam", { Action: "GetRole", Version: "2010-05-08", RoleName: name });
  const { xml } = await aws.query("sts", {
    Action: "AssumeRole",
    Version: "2011-06-15",
    RoleArn: role.match(/<Arn>([^<]+)<\/Arn>/)?.[1] ?? "",
    RoleSessionName: "session",
  });
  const keys = secrets.learn(xml);
  if (!keys) throw new Error(`no credentials for the role ${name}: ${xml}`);
  return keys;
}
