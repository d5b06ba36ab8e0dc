/** CloudFormation's requests to custom resources: sends them as Lambda does, and takes the answer at a signed URL. */
import { randomBytes, randomUUID } from "node:crypto";
import type { Account } from "./account.ts";
import type { Functions } from "./functions.ts";
import { type Answer, json } from "./http.ts";
import type { Signed } from "./signature.ts";

interface Asked {
  readonly functionName: string;
  /** Without `ResponseURL`. */
  readonly event: Readonly<Record<string, unknown>>;
  readonly timeoutSeconds: number;
}

/** The answer's body; nothing if none came in time. `refused`: Lambda's refusal of the call. */
export type Answered = { readonly body?: string } | { readonly refused: string };

interface Waiting {
  readonly functionName: string;
  readonly end: (answered: Answered) => void;
  isAnswered: boolean;
}

interface Parts {
  readonly account: Account;
  readonly functions: Functions;
  readonly region: string;
  readonly partition: string;
}

const taken: Answer = { status: 200, headers: {}, body: Buffer.alloc(0) };

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const pausesMs = [60_000, 120_000];

export class CustomResources {
  readonly #parts: Parts;
  readonly #waiting = new Map<string, Waiting>();
  /** How often each fault is still to happen. */
  readonly faults = { refuseAnswers: 0, dieBeforeAnswer: 0, duplicateEvents: 0 };

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get #host(): string {
    const { region, partition } = this.#parts;
    const domain = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
    return `cloudformation-custom-resource-response-${region.replaceAll("-", "")}.s3.${region}.${domain}`;
  }

  isAnswer = ({ headers }: Signed): boolean => headers.host === this.#host;

  async ask({ functionName, event, timeoutSeconds }: Asked): Promise<Answered> {
    const { account } = this.#parts;
    const missing = {
      code: "ResourceNotFoundException",
      status: 404,
      message: `Function not found: ${event.ServiceToken}`,
    };
    const refused = (await account.function(functionName)) ? await account.beginCall(functionName) : missing;
    if (refused) return { refused: this.#words(refused) };
    const name = encodeURIComponent(`${event.StackId}|${event.LogicalResourceId}|${event.RequestId}`);
    const path = `/${name.replaceAll("%2F", "/")}?${this.#query()}`;
    const sent = Buffer.from(JSON.stringify({ ...event, ResponseURL: `https://${this.#host}${path}` }));
    return new Promise((end) => {
      this.#waiting.set(path, { functionName, end, isAnswered: false });
      const timer = setTimeout(() => end({}), timeoutSeconds * 1000);
      const since = Date.now();
      let skippedMs = 0;
      const skip = (ms: number) => {
        skippedMs += ms;
        if (Date.now() - since + skippedMs >= timeoutSeconds * 1000) end({});
      };
      void this.#deliver(functionName, sent, skip)
        .catch((error) => end({ refused: String(error) }))
        .finally(() => clearTimeout(timer));
    });
  }

  #words({ code, status, message }: { code: string; status: number; message: string }): string {
    return `${message} (Service: AWSLambda; Status Code: ${status}; Error Code: ${code}; Request ID: ${randomUUID()}; Proxy: null)`;
  }

  #query(): URLSearchParams {
    const now = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
    const scope = `${now.slice(0, 8)}/${this.#parts.region}/s3/aws4_request`;
    return new URLSearchParams({
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": `AKIACLOUDFORMATION/${scope}`,
      "X-Amz-Date": now,
      "X-Amz-Expires": "7200",
      "X-Amz-SignedHeaders": "host",
      // Known to this server alone, and compared with the whole address.
      "X-Amz-Signature": randomBytes(32).toString("hex"),
    });
  }

  /** Minutes in which nothing runs are skipped. */
  async #deliver(name: string, event: Buffer, skip: (ms: number) => void): Promise<void> {
    const requestId = randomUUID();
    const once = () => this.#parts.functions.invoke(name, event, requestId);
    const copies = this.faults.duplicateEvents-- > 0 ? 2 : 1;
    const retries = await this.#parts.account.retries(name);
    for (const pauseMs of [...pausesMs.slice(0, retries), Number.POSITIVE_INFINITY]) {
      const results = await Promise.all(Array.from({ length: copies }, once));
      if (!results[0]?.failed) return skip(Number.POSITIVE_INFINITY);
      skip(pauseMs);
    }
  }

  /** S3's side of a PUT. */
  async put({ method, url, body }: Signed): Promise<Answer> {
    const waiting = this.#waiting.get(url.pathname + url.search);
    if (!waiting || method !== "PUT") return json(403, { Code: "SignatureDoesNotMatch" });
    // The faults are for requests that wait, not for a second delivery of one that has its answer.
    if (waiting.isAnswered) return taken;
    if (this.faults.dieBeforeAnswer > 0) {
      this.faults.dieBeforeAnswer--;
      await this.#parts.functions.kill(waiting.functionName);
      return json(503, { Code: "SlowDown" });
    }
    if (this.faults.refuseAnswers > 0) {
      this.faults.refuseAnswers--;
      return json(503, { Code: "SlowDown" });
    }
    waiting.isAnswered = true;
    waiting.end({ body: body?.toString() ?? "" });
    return taken;
  }

  reset(): void {
    Object.assign(this.faults, { refuseAnswers: 0, dieBeforeAnswer: 0, duplicateEvents: 0 });
    for (const { end } of this.#waiting.values()) end({});
    this.#waiting.clear();
  }
}
