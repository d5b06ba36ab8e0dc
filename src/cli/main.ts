/** The command: the one place that catches, and the one that decides the exit code. */
import { CommanderError } from "commander";
import { onInterrupt } from "./interrupt.ts";
import { program } from "./program.ts";

// Read by the AWS SDK when it makes its first client: Node's own versions are this package's `engines`, not a warning.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

// chalk and ora know FORCE_COLOR alone. Source: https://no-color.org
if (process.env.NO_COLOR) process.env.FORCE_COLOR ??= "0";

// Whoever closes the pipe has read enough; what goes on is not stopped by who no longer looks.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.stderr.on("error", () => {});

onInterrupt(() => "run the same command again");

async function main(): Promise<void> {
  try {
    await program().parseAsync();
  } catch (error) {
    // Commander has written its message; a wish for help or version is none of the user's mistakes.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else {
      // Loaded when there is one: colours cost a tenth of the command's start.
      const { renderError } = await import("./render/error.ts");
      process.exitCode = renderError(error, process.argv.includes("--verbose"));
    }
  }
}

void main();
