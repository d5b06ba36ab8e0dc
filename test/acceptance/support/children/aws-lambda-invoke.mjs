#!/usr/bin/env node
/** `aws lambda invoke`, with the flags that the recipes use and no others, as the AWS CLI answers. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";

const string = { type: "string" };
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { "function-name": string, payload: string, "cli-read-timeout": string, query: string, output: string },
});
const [service, operation, outfile, ...rest] = positionals;
const [, file] = /^fileb:\/\/(.+)$/.exec(values.payload) ?? [];
if (service !== "lambda" || operation !== "invoke" || !outfile || rest.length > 0 || !file) process.exit(252);
if (values.query !== "FunctionError" || values.output !== "text") process.exit(252);

try {
  const client = new LambdaClient({ maxAttempts: 1 });
  const command = new InvokeCommand({ FunctionName: values["function-name"], Payload: readFileSync(file) });
  const { FunctionError, Payload } = await client.send(command);
  writeFileSync(outfile, Payload);
  // Text output shows a null as None.
  process.stdout.write(`${FunctionError ?? "None"}\n`);
} catch (error) {
  process.stderr.write(`\nAn error occurred (${error.name}) when calling the Invoke operation: ${error.message}\n`);
  process.exitCode = 254;
}
