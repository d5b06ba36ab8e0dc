/**
 * An execution environment whose initialisation and call are apart: loads the function, the file of its first argument, as
 * aws-lambda-ric does; says so; and calls it with the request id that it reads from stdin. Writes a line of JSON for each.
 */
import { once } from "node:events";

// The handler logs to stdout; here that is for the results.
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);
const tell = (value) => write(`${JSON.stringify(value)}\n`);

const { handler } = await import(process.argv[2]);
tell("initialised");
const [awsRequestId] = await once(process.stdin.setEncoding("utf8"), "data");
const context = { awsRequestId: awsRequestId.trim(), getRemainingTimeInMillis: () => 30_000 };
await handler({}, context).then(tell, ({ name, message }) => tell({ name, message }));
process.exit();
