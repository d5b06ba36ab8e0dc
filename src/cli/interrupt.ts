/** Ctrl-C ends a command with exit code 130 and a message. */

/** Sets the message for an interrupt from now on; it replaces an earlier one. */
export function onInterrupt(message: () => string): void {
  process.removeAllListeners("SIGINT");
  process.once("SIGINT", () => {
    process.stderr.write(`\ninterrupted: ${message()}\n`);
    process.exit(130);
  });
}
