/** Changes of mappings and RBAC take seconds to reach all API servers of a cluster. This long they are waited for. */
export const spreadMs = 90_000;
/** The pause before the next question. */
export const pauseMs = 1_000;
