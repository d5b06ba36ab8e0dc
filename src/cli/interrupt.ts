/** Ctrl-C ends a command with exit code 130 and a word of what to do. */

/** From now on an interrupt ends the process with exit code 130, after these words. */
export function onInterrupt(tell: () => string): void {
  process.removeAllListeners("SIGINT");
  process.once("SIGINT", () => {
    process.stderr.write(`\ninterrupted: ${tell()}\n`);
    process.exit(130);
  });
}
