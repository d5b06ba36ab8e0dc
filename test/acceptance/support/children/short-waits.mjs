/** Preloaded into the command with NODE_OPTIONS. Pauses of up to a second, and those in SHORT_WAITS, are 50 times shorter. */
const { setTimeout: wait } = globalThis;

const others = (process.env.SHORT_WAITS ?? "").split(" ");

globalThis.setTimeout = (act, ms, ...rest) =>
  wait(act, ms <= 1_000 || others.includes(`${ms}`) ? ms / 50 : ms, ...rest);
