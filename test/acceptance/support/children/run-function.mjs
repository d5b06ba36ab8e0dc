/** Runs a function once, as Lambda would: file, event and request id are the arguments, the result goes to stdout. */
import { createRequire } from "node:module";

// The handler logs to stdout, as Lambda wants it; here that is the result's alone.
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);

const [file, event, awsRequestId] = process.argv.slice(2);
const { handler } = createRequire(import.meta.url)(file);
write(JSON.stringify(await handler(JSON.parse(event), { awsRequestId, getRemainingTimeInMillis: () => 30_000 })));
process.exit();
