/** A program that runs its arguments as a command in the sandbox. */
import { runInSandbox } from "../../../src/sandbox/run.ts";

const warn = (line: string) => process.stderr.write(`${line}\n`);
process.exitCode = await runInSandbox(process.argv.slice(2), {}, { env: process.env, cli: "/none", warn });
