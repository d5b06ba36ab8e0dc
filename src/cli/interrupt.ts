/** Ctrl-C ends a command with exit code 130 and a message. */

import { type Shown, tell, text } from "./render/text.ts";

/** Sets the message for an interrupt from now on; it replaces an earlier one. */
export function onInterrupt(message: () => Shown): void {
  process.removeAllListeners("SIGINT");
  process.once("SIGINT", () => {
    tell(text`\ninterrupted: ${message()}`);
    process.exit(130);
  });
}
