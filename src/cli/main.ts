/** The command's entry point. Errors are caught and turned into an exit code here only. */

import { CommanderError } from "commander";
import { advice, command } from "../core/command.ts";
import { arranged } from "./argv.ts";
import { Misuse } from "./command.ts";
import type { Flags } from "./flag-table.ts";
import { onInterrupt } from "./interrupt.ts";
import { program } from "./program.ts";
import { isDetailed, isTyped } from "./typed.ts";

// The AWS SDK reads this when it creates its first client. `engines` states the Node versions; no warning is needed.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

// chalk and ora read FORCE_COLOR only. Source: https://no-color.org
if (process.env.NO_COLOR) process.env.FORCE_COLOR ??= "0";

// Exit quietly on EPIPE; a closed stderr must not abort the run.
process.stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? (process.exitCode ?? 0) : 1),
);
process.stderr.on("error", () => {});

onInterrupt(() => "run the same command again");

// What nobody awaits, such as the error of a socket, is shown like every other error, not as a stack trace.
process.on("uncaughtException", (error) => {
  void shown(error, {}).then((code) => process.exit(code));
});

async function main(): Promise<void> {
  const root = program({ all: isTyped("--all") });
  let flags: Flags = {};
  root.hook("preAction", (_, command) => {
    flags = command.opts<Flags>();
  });
  try {
    await root.parseAsync(arranged(process.argv.slice(2)), { from: "user" });
  } catch (error) {
    // Help and version have been printed. `eks-lambda` without a command shows the help as an error.
    if (error instanceof CommanderError && /help|version/.test(error.code)) process.exitCode = error.exitCode && 2;
    else process.exitCode = await shown(error, flags);
  }
}

/** Shows an error and returns the exit code. */
async function shown(error: unknown, flags: Flags): Promise<number> {
  // Loaded on demand: colours cost a tenth of the command's start.
  const { renderError, renderMisuse } = await import("./render/error.ts");
  const as = { flags, json: isTyped("--json"), verbose: isTyped("-v", "--verbose") };
  const misuse = error instanceof CommanderError ? misuseOf(error) : error;
  const code = misuse instanceof Misuse ? renderMisuse(misuse, as) : renderError(misuse, as);
  return isDetailed() ? 1 : code;
}

/** `arranged` refuses first what commander would refuse, and explains it better. */
const misuseOf = ({ message }: CommanderError): Misuse =>
  new Misuse(
    "UnexpectedArgument",
    message.replace(/^error: /, ""),
    advice`\`${command`eks-lambda --help`}\` shows the commands`,
  );

void main();
