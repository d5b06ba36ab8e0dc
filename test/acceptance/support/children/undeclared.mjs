/** A `defineFunction` function in plain JavaScript. Prints its needs, and the errors of two methods. */
import { defineFunction, resource } from "eks-lambda/lambda";

const handler = defineFunction({
  needs: { deployments: resource("apps/v1", "deployments").in("shop").may("patch", "list", "watch") },
  run: ({ deployments }, { event: method }) => deployments[method]({ name: "web" }, {}),
});
const context = { awsRequestId: "request", getRemainingTimeInMillis: () => 30_000 };
const errorOf = (method) => handler(method, context).catch(({ name }) => name);

const { needs } = handler;
process.stdout.write(JSON.stringify({ needs, errors: [await errorOf("delete"), await errorOf("patch")] }));
