/** How long to wait until changes of mappings and RBAC reach all API servers of a cluster. Usually it takes seconds. */
export const spreadMs = 90_000;
/** The pause before the next question. */
export const pauseMs = 1_000;
