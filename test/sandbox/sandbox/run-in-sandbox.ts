/** A program that runs its arguments as a command in the sandbox. */
import { sandbox } from "../../../src/cli/commands/sandbox.ts";

await sandbox(process.argv.slice(2), { cluster: "demo", region: "us-east-1", authMode: "CONFIG_MAP" });
