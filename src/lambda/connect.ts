/** The public client: for a function in its environment, and for other programs with options. */
import { EksLambdaError } from "../core/errors.ts";
import { type ClusterAddress, clusterFromEnvironment, type Environment, required } from "../core/kube/cluster.ts";
import type { Connection } from "../core/kube/connection.ts";
import { createKube, eitherOf, type Kube, sleep } from "../core/kube/request.ts";
import type { Signal } from "../core/kube/signal.ts";
import type { AwsCredentials } from "../core/kube/sigv4.ts";
import type { TokenUse } from "../core/kube/token.ts";
import { connectionAs, credentialsIn } from "./environment.ts";
import { isInitializing, type Warmed, warmUp } from "./warm.ts";

/** Options that are missing come from the environment, when the first request needs them. */
export interface ConnectOptions {
  /**
   * The cluster as `aws eks describe-cluster` shows it. Default: `CLUSTER_NAME`, `CLUSTER_ENDPOINT` and `CLUSTER_CA` of the
   * environment.
   */
  readonly cluster?: Omit<ClusterAddress, "namespace"> | undefined;
  /** Default: `AWS_REGION`, else `AWS_DEFAULT_REGION`. */
  readonly region?: string | undefined;
  /**
   * AWS credentials, or a function that is called for each request. The credential providers of the AWS SDK fit; they cache
   * credentials until these expire. Default: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
   */
  readonly credentials?: AwsCredentials | (() => AwsCredentials | Promise<AwsCredentials>) | undefined;
  /** The namespace of resources that name none. Default: `CLUSTER_NAMESPACE`, else `default`. */
  readonly namespace?: string | undefined;
  /** The field manager of writes, at most 128 characters. Default: the name of the Lambda function, else `eks-lambda`. */
  readonly fieldManager?: string | undefined;
  /** Ends every request and every wait. */
  readonly signal?: Signal | undefined;
  /** Receives each warning of the server, for example `console.warn`: an unknown field, a deprecated version. */
  readonly onWarning?: ((warning: string) => void) | undefined;
  /** Connect while Lambda initialises the function, not with the first request. Default: `true`. */
  readonly warm?: boolean | undefined;
  /** Default: `process.env`. */
  readonly environment?: Environment | undefined;
}

export interface ConnectedKube extends Kube {
  readonly namespace: string;
  /**
   * Resolves when the connection is ready, at most 2 seconds after `connect`. Never rejects. An ES module waits for it
   * with `await kube.ready`; otherwise the first request waits.
   */
  readonly ready: Promise<void>;
}

/**
 * Returns a client for an EKS cluster. Call it once, outside the handler: it keeps connection and token, and in Lambda
 * prepares both before the first invocation. It does not throw: the first request throws `EnvironmentIncomplete` or
 * `EnvironmentInvalid`. A request has 30 seconds; with `during`, and in `defineFunction`, the time that Lambda leaves it.
 */
export function connect(options: ConnectOptions = {}): ConnectedKube {
  const { warm = true, environment = process.env, signal, onWarning } = options;
  const namespace = options.namespace ?? (environment.CLUSTER_NAMESPACE || "default");
  const fieldManager = options.fieldManager ?? environment.AWS_LAMBDA_FUNCTION_NAME;
  const make = () => connectionOf(options, environment);
  const warmed = warm && isInitializing(environment) ? warmly(make) : undefined;
  const connection = lazy(() => warmed?.connection ?? make());
  const kube = createKube(connection, undefined, { namespace, fieldManager, signal, onWarning });
  return { ...kube, namespace, ready: warmed?.ready ?? Promise.resolve() };
}

function warmly(make: () => Connection): Warmed | undefined {
  try {
    return warmUp(make());
  } catch {
    // The first request reports what the environment lacks.
    return undefined;
  }
}

function connectionOf({ cluster, region, credentials }: ConnectOptions, environment: Environment): Connection {
  return connectionAs(cluster ?? clusterFromEnvironment(environment), async (use) => ({
    region: region ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? required(environment, "AWS_REGION"),
    credentials:
      (typeof credentials === "function" ? await inTime(credentials, use) : credentials) ?? credentialsIn(environment),
  }));
}

/** The source of the credentials may be slow. Waits no longer than the request may take, and ends with its signal. */
async function inTime<T>(get: () => T | Promise<T>, { signal, timeoutMs = 30_000 }: TokenUse): Promise<T> {
  const end = new AbortController();
  const late = sleep(timeoutMs, eitherOf(signal, end.signal)).then((): never => {
    signal?.throwIfAborted();
    throw new EksLambdaError("Timeout", "no credentials in time", {
      hint: "`credentials` of connect() does not answer",
    });
  });
  try {
    return await Promise.race([get(), late]);
  } finally {
    end.abort();
  }
}

/** Returns a connection that the first request makes. */
function lazy(make: () => Connection): Connection {
  let made: Connection | undefined;
  const connection = () => {
    made ??= make();
    return made;
  };
  return {
    get server() {
      return connection().server;
    },
    exchange: (call) => connection().exchange(call),
  };
}
