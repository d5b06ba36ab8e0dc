/**
 * An execution environment that separates initialisation from the call. Loads the function in the first argument as
 * aws-lambda-ric does, then calls it with a request id read from stdin. Prints a line of JSON after each.
 */
import { once } from "node:events";

// The handler logs to stdout, which carries the results here.
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);
const tell = (value) => write(`${JSON.stringify(value)}\n`);

const { handler } = await import(process.argv[2]);
tell("initialised");
const [awsRequestId] = await once(process.stdin.setEncoding("utf8"), "data");
const context = { awsRequestId: awsRequestId.trim(), getRemainingTimeInMillis: () => 30_000 };
await handler({}, context).then(tell, ({ name, message }) => tell({ name, message }));
process.exit();
