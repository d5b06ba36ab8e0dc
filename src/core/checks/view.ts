/** What the function itself sees, by one invocation of `check`: all the links at once, from inside. */
import { EksLambdaError } from "../errors.ts";
import { functionError } from "../function-error.ts";
import type { Check } from "./function.ts";
import type { Link } from "./link.ts";

export const view: Link = {
  id: "view",
  after: ["function"],
  async prove({ lambda, target }) {
    const { functionName } = await target();
    const { payload, failed } = await lambda.invoke(functionName, { action: "check" });
    if (failed) throw functionError(payload);
    const { checks } = payload as { readonly checks: readonly Check[] };
    const wrong = checks.filter(({ ok }) => !ok).map(({ name }) => name);
    if (wrong.length === 0) return checks.map(({ name }) => name).join(", ");
    throw new EksLambdaError(
      "ChecksFailed",
      `seen from inside the function it is not true that it ${wrong.join(", ")}`,
      {
        hint: "the links above tell which mapping or right is not as setup makes it",
      },
    );
  },
};
