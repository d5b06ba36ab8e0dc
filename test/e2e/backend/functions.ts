/** Lambda's `Invoke`: runs the deployed code with the function's role, in an environment that stays warm. */

import { randomUUID } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Account, FunctionState } from "./account.ts";
import { Environment, type Programs, type Result } from "./environment.ts";
import { type Answer, json } from "./http.ts";
import type { Keys, Secrets, Signed } from "./signature.ts";

interface Warm {
  readonly fingerprint: string;
  readonly environment: Environment;
}

export interface FunctionsOptions {
  readonly account: Account;
  readonly secrets: Secrets;
  readonly region: string;
  readonly partition: string;
  readonly programs: Programs;
  /** Folder for unzipped code and logs. */
  readonly folder: string;
}

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const maxEventBytes = 6_291_456;

export class Functions {
  readonly #options: FunctionsOptions;
  readonly #warm = new Map<string, Warm>();
  /** The last call of each function. Calls to one environment run one after the other. */
  readonly #last = new Map<string, Promise<unknown>>();

  #s3 = "";

  constructor(options: FunctionsOptions) {
    this.#options = options;
  }

  /** Where custom resources send their answers. The server there needs this object. */
  useS3(endpoint: string): void {
    this.#s3 = endpoint;
  }

  /** The response to `lambda:Invoke`, undefined for any other action. */
  async answer(action: string, { url, headers, body }: Signed): Promise<Answer | undefined> {
    if (action !== "lambda:Invoke") return undefined;
    const [, given = ""] = url.pathname.match(/functions\/([^/]+)\/invocations/) ?? [];
    const name = nameOf(decodeURIComponent(given));
    const event = Buffer.from(body?.length ? body : "{}");
    const requestId = randomUUID();
    const ids = { "x-amzn-requestid": requestId };
    if (event.length > maxEventBytes) {
      const message = `Request must be smaller than ${maxEventBytes} bytes for the InvokeFunction operation`;
      return json(413, { Type: "User", message }, { ...ids, "x-amzn-errortype": "RequestEntityTooLargeException" });
    }
    if (!(await this.#options.account.function(name))) return this.#notFound(name);
    try {
      JSON.parse(event.toString());
    } catch (error) {
      const message = `Could not parse request body into json: ${error}`;
      return json(400, { Type: "User", message }, { ...ids, "x-amzn-errortype": "InvalidRequestContentException" });
    }
    const refused = await this.#options.account.beginCall(name);
    if (refused) {
      const { status, code, message } = refused;
      return json(status, { Type: "User", Message: message }, { ...ids, "x-amzn-errortype": code });
    }
    const type = headers["x-amz-invocation-type"] ?? "RequestResponse";
    if (type === "DryRun") return { status: 204, headers: ids, body: Buffer.alloc(0) };
    if (type === "Event") {
      void this.#invokeLater(name, event, requestId).catch(() => undefined);
      return { status: 202, headers: ids, body: Buffer.alloc(0) };
    }
    const { payload, failed, log } = await this.invoke(
      name,
      event,
      requestId,
      headers["x-amz-client-context"]?.toString(),
    );
    return {
      status: 200,
      headers: {
        ...ids,
        "content-type": "application/json",
        "x-amz-executed-version": "$LATEST",
        ...(failed && { "x-amz-function-error": "Unhandled" }),
        ...(headers["x-amz-log-type"] === "Tail" && {
          "x-amz-log-result": Buffer.from(log).subarray(-4096).toString("base64"),
        }),
      },
      body: payload,
    };
  }

  /** Calls a function with the given request id, after its earlier calls have ended. */
  invoke(name: string, event: Buffer, requestId: string, clientContext?: string): Promise<Result> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const result = before.then(async () => {
      const answer = await (await this.#environment(name)).invoke(event, requestId, clientContext);
      await this.#options.account.log(name, answer.log);
      return answer;
    });
    this.#last.set(
      name,
      result.catch(() => undefined),
    );
    return result;
  }

  /** Ends the function's environment in the middle of a call, which has failed then. */
  async kill(name: string): Promise<void> {
    await this.#warm.get(name)?.environment.kill();
  }

  /** Stops all environments after their running calls. */
  async reset(): Promise<void> {
    const warm = [...this.#warm.values()];
    this.#warm.clear();
    this.#last.clear();
    await Promise.all(warm.map(({ environment }) => environment.stop()));
  }

  /** Retries a failed asynchronous event twice with the same request id, as Lambda does after longer pauses. */
  async #invokeLater(name: string, event: Buffer, requestId: string): Promise<void> {
    for (let tries = 0; tries < 3; tries += 1) {
      const { failed } = await this.invoke(name, event, requestId);
      if (!failed) return;
      await sleep(100);
    }
  }

  async #environment(name: string): Promise<Environment> {
    const { account, region, programs, folder } = this.#options;
    const state = await account.function(name);
    if (!state) throw new Error(`no function ${name}`);
    const warm = this.#warm.get(name);
    if (warm?.fingerprint === state.fingerprint && warm.environment.isAlive) return warm.environment;
    await warm?.environment.stop();
    const code = await mkdtemp(join(folder, `${name}-`));
    const [keys] = await Promise.all([this.#assume(state), account.unpack(name, code)]);
    const environment = await Environment.start(state, code, keys, { region, programs, logs: folder, s3: this.#s3 });
    this.#warm.set(name, { fingerprint: state.fingerprint, environment });
    return environment;
  }

  async #assume({ configuration: { Role, FunctionName } }: FunctionState): Promise<Keys> {
    const { account, secrets } = this.#options;
    const parameters = { Action: "AssumeRole", Version: "2011-06-15", RoleArn: Role, RoleSessionName: FunctionName };
    const { xml } = await account.query("sts", parameters);
    const keys = secrets.learn(xml);
    if (!keys) throw new Error(`The role defined for the function cannot be assumed by Lambda: ${xml}`);
    return keys;
  }

  #notFound(name: string): Answer {
    const { partition, region } = this.#options;
    const Message = `Function not found: arn:${partition}:lambda:${region}:123456789012:function:${name}`;
    return json(404, { Type: "User", Message }, { "x-amzn-errortype": "ResourceNotFoundException" });
  }
}

/** Extracts the name from a name, a partial ARN or an ARN, with or without a qualifier. */
function nameOf(given: string): string {
  const parts = given.split(":");
  const at = parts.indexOf("function");
  return (at < 0 ? parts[0] : parts[at + 1]) ?? given;
}
