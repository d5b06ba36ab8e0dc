/**
 * How long to wait until changes of mappings and RBAC reach all API servers of a cluster. Usually it takes seconds, but
 * an API server keeps the user of a token for two minutes, and a function its token.
 * Source: the default of kube-apiserver's flag `--authentication-token-webhook-cache-ttl`.
 */
export const spreadMs = 150_000;
/** The pause before the next question. */
export const pauseMs = 1_000;
