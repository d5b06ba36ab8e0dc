/** Connects to the API server as the caller: with a token to EKS's endpoint, or through a kubeconfig context. */
import type { Sts } from "../aws/sts.ts";
import { refuseSkew } from "../clock.ts";
import { EksLambdaError } from "../errors.ts";
import { type Connection, connectByToken, connectWith } from "../kube/connection.ts";
import { createKube, type Kube } from "../kube/request.ts";
import { type TokenSource, tokenSource } from "../kube/token.ts";
import { ProxyAgent, type ProxyChoice, proxyFailure } from "./proxy.ts";
import type { ContextChoice, Reachable } from "./reachable.ts";

interface Caller {
  readonly sts: Sts;
  readonly region: string;
}

/** Throws `ContextNotFound`, `ContextOfOtherServer`, `KubeconfigInvalid`, `KubeconfigUnusable`; later, with each request, `ClockSkew`. */
export async function callerConnection(
  { sts, region }: Caller,
  cluster: Reachable,
  choice: ContextChoice,
): Promise<Connection> {
  if (choice.context === undefined)
    return suspectingProxy(tokenConnection(sts, cluster, { region, proxyFor: choice.proxy }));
  const { contextConnection } = await import("./context.ts");
  return suspectingProxy(await contextConnection(cluster, choice.context, choice));
}

interface Place {
  readonly region: string;
  readonly proxyFor: ProxyChoice | undefined;
}

function tokenConnection(sts: Sts, { name, endpoint, ca }: Reachable, { region, proxyFor }: Place): Connection {
  const token = tokenSource(async () => ({
    cluster: name,
    region,
    // Read each time, because the SDK renews credentials that expire.
    credentials: await sts.credentials(),
    now: new Date(),
  }));
  return suspectingClock(byToken(endpoint, { ca, token, proxyFor }));
}

interface TokenWay {
  /** PEM in base64. */
  readonly ca: string;
  readonly token: TokenSource;
  readonly proxyFor: ProxyChoice | undefined;
}

function byToken(endpoint: string, { ca, token, proxyFor }: TokenWay): Connection {
  const proxy = proxyFor?.(new URL(endpoint));
  if (!proxy) return connectByToken(endpoint, ca, token);
  const agent = new ProxyAgent(proxy, { ca: Buffer.from(ca, "base64") });
  return connectWith(endpoint, async (call) => ({ agent, headers: { authorization: `Bearer ${await token(call)}` } }));
}

/** Throws `ProxyFailed`. */
const suspectingProxy = (connection: Connection): Connection => ({
  ...connection,
  async exchange(call) {
    const exchange = await connection.exchange(call);
    const failure = "failure" in exchange && proxyFailure(exchange.failure, new URL(connection.server).host);
    if (failure) throw failure;
    return exchange;
  },
});

/** Throws `ClockSkew` for a 401 from a server whose clock differs too much. */
const suspectingClock = (connection: Connection): Connection => ({
  ...connection,
  async exchange(call) {
    const exchange = await connection.exchange(call);
    if ("status" in exchange && exchange.status === 401)
      refuseSkew(Date.now() - Date.parse(String(exchange.headers.date)));
    return exchange;
  },
});

/** Hints for a person, whom setup does not map. */
const hints: Readonly<Record<string, (caller: string) => string>> = {
  Unauthorized: (caller) =>
    `the cluster has no mapping for ${caller}: use the identity that created the cluster (--profile), a kubeconfig context that works (--context), or have an administrator map this one`,
  Forbidden: (caller) => `ask a cluster administrator to grant it to ${caller}, or use another --profile or --context`,
};

/** A client whose errors explain missing rights as the caller's. */
export function callerKube(connection: Connection, caller: string): Kube {
  const kube = createKube(connection);
  return {
    async request(request) {
      try {
        return await kube.request(request);
      } catch (error) {
        if (!(error instanceof EksLambdaError)) throw error;
        const hint = hints[error.code]?.(caller);
        throw hint === undefined ? error : new EksLambdaError(error.code, error.message, { hint, cause: error });
      }
    },
  };
}
