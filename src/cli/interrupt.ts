/** Ctrl-C ends a command with exit code 130 and a message; with `--json`, with an error like every other. */
import { jsonOf, type Shown, Text, tell, text } from "./render/text.ts";
import { isTyped } from "./typed.ts";

/** What `--json` prints with the error's code. */
interface Interruption {
  readonly message: string;
  readonly [more: string]: unknown;
}

/** Sets the message for an interrupt from now on, and what it is as data; they replace earlier ones. */
export function onInterrupt(
  message: () => Shown,
  asData: () => Interruption = () => ({ message: Text.of(message()).shown }),
): void {
  process.removeAllListeners("SIGINT");
  process.once("SIGINT", () => {
    if (isTyped("--json")) {
      const { message: said, ...more } = asData();
      tell(jsonOf({ code: "Interrupted", message: `interrupted: ${said}`, ...more }));
    } else tell(text`\ninterrupted: ${message()}`);
    process.exit(130);
  });
}
