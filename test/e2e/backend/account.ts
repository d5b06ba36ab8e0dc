/** The AWS account: moto in its own process, with the backend's commands. */

import { join } from "node:path";
import type { ClusterDescription, Network, RemovableType } from "../../acceptance/backend.ts";
import type { PolicyRules } from "./access-policies.ts";
import { call } from "./http.ts";
import { Child, freePort } from "./processes.ts";
import type { Keys } from "./signature.ts";

export interface FunctionState {
  readonly configuration: {
    readonly FunctionName: string;
    readonly FunctionArn: string;
    readonly Handler: string;
    readonly Role: string;
    readonly Runtime: string;
    readonly Timeout: number | string;
    readonly MemorySize: number | string;
    readonly Environment?: { readonly Variables: Readonly<Record<string, string>> };
  };
  /** Changes with each deployment that changes the function. */
  readonly fingerprint: string;
}

export interface CallRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export interface LivingCluster {
  readonly name: string;
  readonly endpoint: string;
  readonly ca: string;
  /** Access entries, written by the account. */
  readonly entriesFile: string;
  /** The backends that the authenticator asks, in order. */
  readonly modeFile: string;
  /** Tells when it has a new mode. */
  readonly authenticatorLog: string;
}

export class Account {
  readonly child: Child;
  readonly port: number;
  readonly #region: string;

  constructor(child: Child, port: number, region: string) {
    this.child = child;
    this.port = port;
    this.#region = region;
  }

  /** Creates the cluster's creator, an IAM user with an access key. */
  creator(): Promise<Keys> {
    return this.#command("creator");
  }

  reset(): Promise<unknown> {
    return this.#command("reset");
  }

  function(name: string): Promise<FunctionState | null> {
    return this.#command("function", name);
  }

  /** The error with which Lambda refuses to call the function now, if any. */
  beginCall(name: string): Promise<CallRefusal | null> {
    return this.#command("begin-call", name);
  }

  /** How often Lambda sends an event of the function again, by its EventInvokeConfig. */
  retries(name: string): Promise<number> {
    return this.#command("retries", name);
  }

  idle(name: string): Promise<unknown> {
    return this.#command("idle", name);
  }

  /** Adds lines to the function's log group. */
  log(name: string, text: string): Promise<unknown> {
    return this.#command("log", { name, text });
  }

  unpack(name: string, folder: string): Promise<unknown> {
    return this.#command("unpack", { name, folder });
  }

  fail(logicalId: string): Promise<unknown> {
    return this.#command("fail", logicalId);
  }

  /** Where the account sends its requests to custom resources. */
  useFront(address: string): Promise<unknown> {
    return this.#command("front", address);
  }

  failFunction(name: string): Promise<unknown> {
    return this.#command("fail-function", name);
  }

  failUpdates(): Promise<unknown> {
    return this.#command("fail-updates");
  }

  refuseNewRoles(times: number): Promise<unknown> {
    return this.#command("refuse-new-roles", times);
  }

  missingArchitecture(name: string): Promise<unknown> {
    return this.#command("missing-architecture", name);
  }

  missingRuntime(name: string): Promise<unknown> {
    return this.#command("missing-runtime", name);
  }

  /** CloudFormation ignores the parameter, as where it does not know it. */
  unknownParameter(name: string): Promise<unknown> {
    return this.#command("unknown-parameter", name);
  }

  fullSubnet(id: string): Promise<unknown> {
    return this.#command("full-subnet", id);
  }

  network(network: Network): Promise<unknown> {
    return this.#command("network", network);
  }

  /** Sets the running cluster, the two files that its authenticator watches, and its log. */
  setLivingCluster(cluster: LivingCluster): Promise<unknown> {
    return this.#command("living-cluster", cluster);
  }

  /** Where the API server asks what access policies permit. */
  get authorizer(): string {
    return `http://127.0.0.1:${this.port}/_backend/authorize`;
  }

  learnPolicies(rules: PolicyRules): Promise<unknown> {
    return this.#command("access-policies", rules);
  }

  describeCluster(name: string, description: ClusterDescription): Promise<unknown> {
    return this.#command("describe-cluster", { name, description });
  }

  /** Deletes a resource behind the back of its stack. */
  remove(type: RemovableType, name: string): Promise<unknown> {
    return this.#command("remove", { type, name });
  }

  stackStatus(stack: string, status: string): Promise<unknown> {
    return this.#command("stack-status", { stack, status });
  }

  /** Until the next `reset`. */
  enforcePolicies(): Promise<unknown> {
    return this.#command("enforce-policies");
  }

  /** Sends an unsigned request in the query protocol and returns the XML. */
  async query(service: string, parameters: Readonly<Record<string, string>>): Promise<{ status: number; xml: string }> {
    const credential = `backend/20250101/${this.#region}/${service}/aws4_request`;
    const { status, body } = await call(this.port, "/", {
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=none`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams(parameters).toString(),
    });
    return { status, xml: body.toString() };
  }

  async #command<T>(name: string, argument: unknown = null): Promise<T> {
    const { status, body } = await call(this.port, `/_backend/${name}`, { body: JSON.stringify(argument) });
    if (status !== 200) throw new Error(`the account could not ${name}: ${body}`);
    return JSON.parse(body.toString()) as T;
  }
}

export async function startAccount(logs: string, region: string, venv: string): Promise<Account> {
  const port = await freePort();
  const server = join(import.meta.dirname, "aws", "server.py");
  const env = {
    ...{ AWS_DEFAULT_REGION: region, PYTHONDONTWRITEBYTECODE: "1", HOME: logs },
    // CDK's role of a function has AWSLambdaBasicExecutionRole.
    MOTO_IAM_LOAD_MANAGED_POLICIES: "true",
  };
  const child = new Child("account", logs, join(venv, "bin/python"), [server, String(port)], { env });
  await child.until(() => call(port, "/_backend/function", { body: '"none"' }));
  return new Account(child, port, region);
}
