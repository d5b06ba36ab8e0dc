/** What the stack deploys: `index.handler`, in an environment that `setup` or template.yml wrote. */
import { createHandler } from "./handler.ts";

export const handler = createHandler({
  environment: process.env,
  log: (line) => process.stdout.write(`${line}\n`),
});
