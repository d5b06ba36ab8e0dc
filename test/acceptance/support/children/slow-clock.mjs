/** Preloaded into the command with NODE_OPTIONS. Sets its clock back by CLOCK_SLOW minutes. */
const lag = Number(process.env.CLOCK_SLOW) * 60_000;
const { Date: True } = globalThis;

globalThis.Date = class extends True {
  constructor(...given) {
    super(...(given.length === 0 ? [True.now() - lag] : given));
  }

  static now() {
    return True.now() - lag;
  }
};
