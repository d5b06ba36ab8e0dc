/** An AWS account with one EKS cluster in this process: for tests, for the demo, and to try the tool without an account. */
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { generate } from "selfsigned";
import { find } from "./aws/account.ts";
import { make } from "./aws/resources.ts";
import { aws } from "./aws/service.ts";
import { type Clock, systemClock } from "./clock.ts";
import { serve } from "./http.ts";
import { kube } from "./kube/api.ts";
import { kinds } from "./kube/kinds.ts";
import type { Json } from "./kube/object.ts";
import { addKey, assumeRole, type Cluster, type Faults, newState, newWorld, noFaults, put } from "./state.ts";

export interface SandboxOptions {
  readonly cluster?: string | undefined;
  readonly region?: string | undefined;
  readonly authenticationMode?: Exclude<Cluster["authenticationMode"], null> | undefined;
  readonly faults?: Partial<Faults>;
  /** The time, for tests that bring their own. */
  readonly clock?: Clock | undefined;
}

export interface LogPlace {
  readonly namespace?: string;
  readonly pod: string;
  /** The first, where it is not said. */
  readonly container?: string;
}

export type Sandbox = Awaited<ReturnType<typeof startSandbox>>;

/** On loopback and free ports. Nothing of it is left after `stop`. */
export async function startSandbox(options: SandboxOptions = {}) {
  const { cluster: name = "demo", region = "us-east-1", authenticationMode = "CONFIG_MAP" } = options;
  const { faults: given = {}, clock = systemClock } = options;
  const world = newWorld({ clusterName: name, region, faults: given, clock });
  const { account, faults, requests, authenticatorLog, adminToken } = world;
  // Not RSA, of which a key takes a hundred times as long to make. `localhost` is 127.0.0.1, too.
  const certify = (value: string, more: object) =>
    generate([{ name: "commonName", value }], { keyType: "ec", algorithm: "sha256", ...more });
  const ca = await certify("kubernetes", { extensions: [{ name: "basicConstraints", cA: true }] });
  const { cert, private: key } = await certify("localhost", { ca: { cert: ca.cert, key: ca.private } });
  const [awsServer, kubeServer] = [createHttpServer(), createHttpsServer({ cert, key })];
  const [awsPort, kubePort] = await Promise.all([
    serve({ ...aws, server: awsServer }, world),
    serve({ ...kube, server: kubeServer }, world),
  ]);
  const cluster = { name, endpoint: `https://127.0.0.1:${kubePort}`, ca: btoa(ca.cert) };
  const admin = addKey(world.state, `arn:aws:iam::${account}:user/admin`);
  const describe = (name: string, description: Partial<Cluster>): void => {
    world.state.clusters.set(name, { status: "ACTIVE", ...cluster, authenticationMode, ...description });
  };
  const stopFunctions = () => [...world.state.running.values()].map(({ stop }) => stop());
  const closeStreams = () => [...world.state.streams].map((stream) => stream.destroy());
  describe(name, {});

  return {
    ...{ account, region, cluster, faults, requests, authenticatorLog, adminToken },
    /** What containers do, by their image; `reset` forgets it. */
    images: world.images,
    /** Writes lines into the log of a container that runs. */
    log({ namespace = "default", pod, container }: LogPlace, text: string): void {
      const found = world.state.store.get(kinds.pods, namespace, pod);
      const statuses: Json = found?.status.containerStatuses ?? [];
      const status = statuses.find(({ name }: Json) => container === undefined || name === container);
      if (!status?.state.running) throw new Error(`no container of the Pod "${pod}" in "${namespace}" runs`);
      const run = { uid: found?.metadata.uid ?? "", container: status.name, restarts: status.restartCount };
      world.state.logs.write(run, text);
    },
    /** Lets the API server forget what changed: versions until now have expired (410), as after five minutes. */
    compact: () => world.state.store.compact(),
    /** Closes the connections of all watches and followed logs. */
    disconnect: () => void closeStreams(),
    /** What a child process finds the sandbox by, as the IAM user who created the cluster. */
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${awsPort}`,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: admin.accessKeyId,
      AWS_SECRET_ACCESS_KEY: admin.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: "true",
    },
    /** Lets EKS describe one more cluster, or the living one otherwise. */
    describe,
    /** As STS hands them out for a role, which is made when it is not there. */
    assumeRole(name: string, Path = "/") {
      const type = "AWS::IAM::Role";
      const properties = { RoleName: name, ...(Path !== "/" && { Path }) };
      return assumeRole(world, find(world, type, name) ?? make(world, type, name, properties), "session");
    },
    /** Lambda has reclaimed the function's network interfaces: its next call fails, and makes it Pending for a second. */
    idle: (functionName: string) => void world.state.idle.set(`AWS::Lambda::Function ${functionName}`, "Inactive"),
    /** CloudFormation says so from now on. */
    setStackStatus: (name: string, status: string) => {
      for (const stack of world.state.stacks) if (stack.name === name) stack.status = status;
    },
    /** Deletes a resource by its type in CloudFormation and its name, without the knowledge of its stack. */
    remove: (type: string, name: string) => put(world.state, `${type} ${name}`),
    /** A new cluster and an empty account, with the same endpoints and administrator. */
    reset(): void {
      stopFunctions();
      closeStreams();
      world.images.clear();
      world.state = newState(clock, world.images);
      world.state.keys.set(admin.accessKeyId, admin);
      Object.assign(faults, noFaults());
      for (const log of [requests, authenticatorLog]) log.length = 0;
      describe(name, {});
    },
    async stop(): Promise<void> {
      stopFunctions();
      for (const server of [awsServer, kubeServer]) server.close().closeAllConnections();
    },
  };
}
