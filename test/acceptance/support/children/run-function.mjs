/**
 * Calls a function once, as Lambda does. Arguments: file, event, request id. Prints the result, or the error as Lambda
 * reports it, to stdout.
 */
import { createRequire } from "node:module";

// The handler logs to stdout, which carries the result here.
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);

const [file, event, awsRequestId] = process.argv.slice(2);
const { handler } = createRequire(import.meta.url)(file);
const result = await handler(JSON.parse(event), { awsRequestId, getRemainingTimeInMillis: () => 30_000 }).catch(
  ({ name, message, stack }) => ({ errorType: name, errorMessage: message, trace: stack.split("\n") }),
);
write(JSON.stringify(result));
process.exit();
