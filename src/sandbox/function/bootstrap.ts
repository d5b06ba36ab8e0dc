/** What runs in an execution environment before the function's code: a program of its own, so it is kept as text. */
export const bootstrap = `
const [file, name] = process.env._HANDLER.split(".");
let handler, requestId;
const typed = (error) => error instanceof Error
  ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\\n") }
  : { errorType: typeof error, errorMessage: String(error), trace: [] };
const answer = (value) => process.stdout.write("\\0" + JSON.stringify(value) + "\\0");
for (const [method, level] of Object.entries({ log: "INFO", info: "INFO", warn: "WARN", error: "ERROR", debug: "DEBUG" }))
  console[method] = (...all) => process.stdout.write(
    [new Date().toISOString(), requestId, level, require("node:util").format(...all)].join("\\t") + "\\n");
require("node:readline").createInterface({ input: process.stdin }).on("line", async (line) => {
  const { event, context, deadline } = JSON.parse(line);
  requestId = context.awsRequestId;
  context.functionVersion = "$LATEST";
  context.getRemainingTimeInMillis = () => Math.max(deadline - Date.now(), 0);
  try {
    handler ??= require(process.env.LAMBDA_TASK_ROOT + "/" + file + ".js")[name];
    answer({ failed: false, payload: JSON.stringify(await handler(event, context)) ?? "null" });
  } catch (error) {
    console.error("Invoke Error ", JSON.stringify(typed(error)));
    answer({ failed: true, payload: JSON.stringify(typed(error)) });
  }
});
`;
