/** Preloaded into the command by NODE_OPTIONS: its clock is as many minutes slow as CLOCK_SLOW says. */
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
