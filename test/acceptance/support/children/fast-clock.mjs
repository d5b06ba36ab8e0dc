/** Preloaded into the command with NODE_OPTIONS. `Date.now` is 30 times as fast: what is waited for ends early. */
const { now } = Date;
const start = now();

Date.now = () => start + (now() - start) * 30;
