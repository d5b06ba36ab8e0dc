/** A function of the user's, as `--entry` takes it: a small handler with the packaged function inside, in one file. */
import { codeFor, needsOf } from "../actions/allowed.ts";
import { ownAllowed } from "./names.ts";

/**
 * CommonJS that declares its rights, and needs no other package. `code`: the package's actions. It logs the events of
 * CloudFormation as `{"recorded": …}`. The address of the answer is a secret: its host and the names in its query stay.
 */
export const ownFunction = (code: string): string => `const packaged = { exports: {} };
((module, exports) => {
${codeFor(ownAllowed, code)}
})(packaged, packaged.exports);
const act = packaged.exports.handler;
function addressOf(url) {
  const { hostname, searchParams } = new URL(url);
  return { host: hostname.split("."), query: [...searchParams.keys()] };
}
async function handler(event, context) {
  if (event["eks-lambda"] === "check") return act({ action: "check" }, context);
  if (event.RequestType !== undefined) {
    const recorded = { ...event, ResponseURL: addressOf(event.ResponseURL) };
    process.stdout.write(JSON.stringify({ recorded }) + "\\n");
    return act(event, context);
  }
  const { name, state } = await act({ action: "status", name: event.see }, context);
  return { saw: name, state };
}
exports.handler = Object.assign(handler, {
  needs: ${JSON.stringify(needsOf(ownAllowed))},
  ready: Promise.resolve(),
});
`;
