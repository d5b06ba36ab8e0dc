/** An AWS account with one EKS cluster in this process: for tests, for the demo, and to try the tool without an account. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awsCall } from "./aws/service.ts";
import { makeCertificate } from "./certificates.ts";
import { type Faults, noFaults } from "./faults.ts";
import { serve } from "./http.ts";
import { kubeApi } from "./kube/api.ts";
import {
  addKey,
  addRole,
  assumeRole,
  type Cluster,
  type Key,
  newState,
  regionOf,
  uniqueId,
  type World,
} from "./state.ts";

export interface SandboxOptions {
  readonly cluster?: string | undefined;
  readonly region?: string | undefined;
  readonly authenticationMode?: "CONFIG_MAP" | "API_AND_CONFIG_MAP" | "API" | undefined;
  readonly faults?: Partial<Faults>;
}

export type Sandbox = Awaited<ReturnType<typeof startSandbox>>;

/** On loopback and free ports. Nothing of it is left after `stop`. */
export async function startSandbox(options: SandboxOptions = {}) {
  const { cert, key } = await makeCertificate();
  const [awsServer, kubeServer] = [createHttpServer(), createHttpsServer({ cert, key })];
  const clusterName = options.cluster ?? "demo";
  const region = options.region ?? "us-east-1";
  const world: World = {
    account: "123456789012",
    region,
    clusterName,
    faults: { ...noFaults(), ...options.faults },
    requests: [],
    authenticatorLog: [],
    adminToken: randomBytes(16).toString("hex"),
    folder: mkdtempSync(join(tmpdir(), "eks-lambda-sandbox-")),
    state: newState(),
  };
  const ports = [
    serve(awsServer, world, (request) => awsCall(world, request)),
    serve(kubeServer, world, kubeApi(world)),
  ];
  const [awsPort, kubePort] = await Promise.all(ports);
  const endpoint = `https://127.0.0.1:${kubePort}`;
  const ca = Buffer.from(cert).toString("base64");
  const admin = addKey(world.state, `arn:aws:iam::${world.account}:user/admin`, uniqueId("AIDA"));
  const living = (): Cluster => {
    return {
      status: "ACTIVE",
      endpoint,
      ca,
      authenticationMode: options.authenticationMode ?? "CONFIG_MAP",
      entries: new Map(),
    };
  };
  const describe = (name: string, description: Partial<Cluster>): void => {
    regionOf(world.state, region).clusters.set(name, { ...living(), ...description });
  };
  const stopFunctions = (): void => {
    for (const { functions } of world.state.regions.values()) for (const one of functions.values()) one.stop();
  };
  describe(clusterName, {});

  return {
    account: world.account,
    region,
    cluster: { name: clusterName, endpoint, ca },
    /** What a child process finds the sandbox by, as the IAM user who created the cluster. */
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${awsPort}`,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: admin.accessKeyId,
      AWS_SECRET_ACCESS_KEY: admin.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: "true",
    },
    /** A bearer token of group system:masters; what is asked with it is in no log. */
    adminToken: world.adminToken,
    faults: world.faults,
    requests: world.requests,
    authenticatorLog: world.authenticatorLog,
    /** Lets EKS describe one more cluster, or the living one otherwise. */
    describe,
    /** As STS hands them out for a role, which is made when it is not there. */
    assumeRole: (name: string): Key =>
      assumeRole(world, world.state.roles.get(name) ?? addRole(world, name, {}), "sandbox"),
    /** A new cluster and an empty account, with the same endpoints and administrator. */
    reset(): void {
      stopFunctions();
      world.state = newState();
      world.state.keys.set(admin.accessKeyId, admin);
      Object.assign(world.faults, noFaults());
      world.requests.length = 0;
      world.authenticatorLog.length = 0;
      describe(clusterName, {});
    },
    async stop(): Promise<void> {
      stopFunctions();
      await Promise.all([close(awsServer), close(kubeServer)]);
      rmSync(world.folder, { recursive: true, force: true });
    },
  };
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
