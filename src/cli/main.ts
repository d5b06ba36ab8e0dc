/** The command's entry point. Errors are caught and turned into an exit code here only. */
import { CommanderError } from "commander";
import { onInterrupt } from "./interrupt.ts";
import { program } from "./program.ts";

// The AWS SDK reads this when it creates its first client. `engines` states the Node versions; no warning is needed.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

// chalk and ora read FORCE_COLOR only. Source: https://no-color.org
if (process.env.NO_COLOR) process.env.FORCE_COLOR ??= "0";

// Exit quietly on EPIPE; a closed stderr must not abort the run.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.stderr.on("error", () => {});

onInterrupt(() => "run the same command again");

async function main(): Promise<void> {
  try {
    await program().parseAsync();
  } catch (error) {
    // Commander has printed its message. Help and version are not mistakes.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else {
      // Loaded on demand: colours cost a tenth of the command's start.
      const { renderError } = await import("./render/error.ts");
      process.exitCode = renderError(error, { verbose: process.argv.includes("--verbose") });
    }
  }
}

void main();
