/** An AWS account with one EKS cluster, in this process: for tests, for the demo, and to try the tool without an account. */
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { invoke } from "./aws/lambda.ts";
import { record } from "./aws/log-events.ts";
import { find } from "./aws/operation.ts";
import { make } from "./aws/resources.ts";
import { aws } from "./aws/service.ts";
import { newAuthority } from "./certificates.ts";
import { type Clock, systemClock } from "./clock.ts";
import { serve } from "./http.ts";
import { kube } from "./kube/api.ts";
import { newCluster } from "./kube/cluster.ts";
import { kinds } from "./kube/kinds.ts";
import type { Cluster, Network, Pairs, Runtime } from "./model.ts";
import { arnOf } from "./partition.ts";
import { addKey, assumeRole, type Faults, newState, newWorld, noFaults, put } from "./state.ts";

export interface SandboxOptions {
  readonly cluster?: string | undefined;
  readonly region?: string | undefined;
  readonly authenticationMode?: Exclude<Cluster["authenticationMode"], null> | undefined;
  readonly faults?: Partial<Faults>;
  /** The system's time, if not given. */
  readonly clock?: Clock | undefined;
  /** Runs functions, for tests that have no time for processes. */
  readonly runtime?: Runtime | undefined;
}

export interface LogPlace {
  readonly namespace?: string;
  readonly pod: string;
  /** The first container, if not given. */
  readonly container?: string;
}

/** A function without a stack, and the Kubernetes user that its role is mapped to. */
export interface DeployedFunction {
  readonly name: string;
  /** Its code, which exports `handler`: CommonJS as in a template, or an ES module. */
  readonly code: { readonly InlineCode: string } | { readonly Module: string };
  readonly username: string;
  readonly timeoutSeconds: number;
  readonly variables: Pairs;
}

export type Sandbox = Awaited<ReturnType<typeof startSandbox>>;

const trustingTheAccount = (account: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" }],
});

/** Starts a sandbox on free ports of 127.0.0.1. `stop` removes everything that it created. */
export async function startSandbox(options: SandboxOptions = {}) {
  const { cluster: name = "demo", region = "us-east-1", authenticationMode = "CONFIG_MAP" } = options;
  const { faults: given = {}, clock = systemClock, runtime } = options;
  const world = newWorld({ clusterName: name, region, faults: given, clock, runtime });
  const { account, faults, requests, uses, authenticatorLog, adminToken } = world;
  const ca = newAuthority("kubernetes");
  const [awsServer, kubeServer] = [createHttpServer(), createHttpsServer(ca.certify())];
  const [awsSide, kubeSide] = await Promise.all([
    serve({ ...aws, server: awsServer }, world),
    serve({ ...kube, server: kubeServer }, world),
  ]);
  world.awsEndpoint = `http://127.0.0.1:${awsSide.port}`;
  const cluster = { name, endpoint: `https://127.0.0.1:${kubeSide.port}`, ca: btoa(ca.cert) };
  const admin = addKey(world.state, arnOf(world, "iam", "user/admin"));
  const describe = (name: string, description: Partial<Cluster>): void => {
    world.state.clusters.set(name, { status: "ACTIVE", ...cluster, authenticationMode, ...description });
  };
  const stopFunctions = () => [...world.state.running.values()].map(({ stop }) => stop());
  const closeStreams = () => [...world.state.streams].map((stream) => stream.destroy());
  describe(name, {});

  return {
    account,
    region,
    cluster,
    faults,
    requests,
    uses,
    authenticatorLog,
    adminToken,
    /** The behaviour of containers, by image; `reset` clears it. */
    images: world.images,
    /** Appends lines to the log of a running container. */
    log({ namespace = "default", pod, container }: LogPlace, text: string): void {
      const found = world.state.store.get(kinds.pods, namespace, pod);
      const status = found?.status.containerStatuses?.find(({ name }) => container === undefined || name === container);
      if (!status?.state.running) throw new Error(`the Pod "${pod}" in "${namespace}" has no running container`);
      const run = { uid: found?.metadata.uid ?? "", container: status.name, restarts: status.restartCount };
      world.state.logs.write(run, text);
    },
    /** Adds lines to the log of a function, if its log group exists. */
    logFunction: (name: string, text: string): void => record(world, `/aws/lambda/${name}`, text),
    /** Discards the API server's history: every version so far is expired (410), as it is after five minutes. */
    compact: () => world.state.store.compact(),
    /** Closes all connections to the API server and discards its history, as a restart does. */
    restartApiServer(): void {
      world.state.store.compact();
      kubeSide.cut();
    },
    /** Closes the connections of all watches and followed logs. */
    disconnect: () => void closeStreams(),
    /** Environment variables that connect a child process to the sandbox, as the IAM user who created the cluster. */
    env: {
      AWS_ENDPOINT_URL: world.awsEndpoint,
      AWS_REGION: region,
      // The AWS CLI of version 1 and boto3 read this one only.
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: admin.accessKeyId,
      AWS_SECRET_ACCESS_KEY: admin.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: "true",
      CLUSTER_NAME: name,
      CLUSTER_ENDPOINT: cluster.endpoint,
      CLUSTER_CA: cluster.ca,
    },
    /** Changes what EKS describes: adds a cluster, or overrides the description of the real one. */
    describe,
    /** What EC2 says of a VPC, until `reset`. */
    network: (network: Network) => void world.state.networks.set(network.vpcId, network),
    /** Returns credentials for a role, as STS does. Creates the role if it does not exist. */
    assumeRole(name: string, Path = "/") {
      const type = "AWS::IAM::Role";
      const properties = { RoleName: name, Path, AssumeRolePolicyDocument: trustingTheAccount(account) };
      return assumeRole(world, find(world, type, name) ?? make(world, type, { name, properties }), "session");
    },
    /** Creates a function, its role and an access entry. Returns how it is invoked, by an event and a request's id. */
    deploy({ name: FunctionName, code, username, timeoutSeconds, variables }: DeployedFunction) {
      const { attributes } = make(world, "AWS::IAM::Role", {
        name: FunctionName,
        properties: { RoleName: FunctionName },
      });
      const entry = { ClusterName: name, PrincipalArn: attributes.Arn, Username: username };
      make(world, "AWS::EKS::AccessEntry", { name: `${attributes.Arn}|${name}`, properties: entry });
      const given = { ...code, MemorySize: 256, Timeout: timeoutSeconds, Environment: { Variables: variables } };
      const properties = { FunctionName, Role: attributes.Arn, ...given };
      const created = make(world, "AWS::Lambda::Function", { name: FunctionName, properties });
      return (event: unknown, requestId: string) => invoke(world, created, { event, requestId });
    },
    /** Makes a function `Inactive`, as Lambda does after weeks without a call. The next call fails, and the function is `Pending` for a second. */
    idle: (functionName: string) => void world.state.idle.set(`AWS::Lambda::Function ${functionName}`, "Inactive"),
    /** Makes a function `Failed`, as Lambda does if it cannot set one up. */
    fail: (functionName: string) => void world.state.idle.set(`AWS::Lambda::Function ${functionName}`, "Failed"),
    /** Overrides the status of a stack. */
    setStackStatus: (name: string, status: string) => {
      for (const stack of world.state.stacks) if (stack.name === name) stack.status = status;
    },
    /** Deletes a resource by its CloudFormation type and name, behind its stack's back. */
    remove: (type: string, name: string) => put(world.state, `${type} ${name}`),
    /** Everything in the account, when no stack is changing. */
    async inventory() {
      const { stacks, resources } = world.state;
      await Promise.all(stacks.map(({ operation }) => operation));
      return {
        endpoint: world.state.clusters.get(name)?.endpoint,
        /** The properties by type in CloudFormation and name: `AWS::IAM::Role nodes`. */
        resources: Object.fromEntries([...resources].map(([key, { properties }]) => [key, properties])),
        /** By name. */
        stacks: Object.fromEntries(
          stacks
            .filter(({ status }) => status !== "DELETE_COMPLETE")
            .map(({ name, status, wanted }) => [name, { status, parameters: wanted?.parameters ?? {} }]),
        ),
      };
    },
    /** Closes the connections that clients keep open for further requests. */
    closeIdleConnections(): void {
      for (const server of [awsServer, kubeServer]) server.closeIdleConnections();
    },
    /** Ends all environments of functions, as Lambda does after some idle minutes. */
    coldStart(): void {
      stopFunctions();
      world.state.running.clear();
    },
    /** Someone changed the cluster's authentication mode. */
    setMode(authenticationMode: NonNullable<SandboxOptions["authenticationMode"]>): void {
      describe(name, { ...world.state.clusters.get(name), authenticationMode });
    },
    /** The cluster is deleted and created again under its name: empty, without access entries, at another address. */
    recreate(): void {
      closeStreams();
      const { state } = world;
      state.stopControllers();
      for (const { key, type } of state.resources.values()) if (type === "AWS::EKS::AccessEntry") put(state, key);
      const old = state.clusters.get(name);
      const endpoint = old?.endpoint === cluster.endpoint ? `https://localhost:${kubeSide.port}` : cluster.endpoint;
      Object.assign(state, newCluster(clock, world.images));
      state.known.clear();
      describe(name, { ...old, endpoint });
    },
    /** Empties the account and replaces the cluster. Endpoints and administrator stay the same. */
    reset(): void {
      stopFunctions();
      closeStreams();
      world.state.stopControllers();
      world.images.clear();
      world.state = newState(clock, world.images);
      world.state.keys.set(admin.accessKeyId, admin);
      Object.assign(faults, noFaults());
      for (const log of [requests, uses, authenticatorLog]) log.length = 0;
      describe(name, {});
    },
    async stop(): Promise<void> {
      stopFunctions();
      world.state.stopControllers();
      await Promise.all([awsSide.stop(), kubeSide.stop()]);
    },
  };
}
