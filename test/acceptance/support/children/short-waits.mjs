/** Preloaded into the command with NODE_OPTIONS. Pauses of up to a second are 50 times shorter. */
const { setTimeout: wait } = globalThis;

globalThis.setTimeout = (act, ms, ...rest) => wait(act, ms <= 1_000 ? ms / 50 : ms, ...rest);
