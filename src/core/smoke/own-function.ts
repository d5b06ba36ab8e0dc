/** A function of the user's, as `--entry` takes it: a small handler with the packaged function inside, in one file. */
import { codeFor, needsOf } from "../actions/allowed.ts";
import { smokeAllowed } from "./names.ts";

const seeing = smokeAllowed.filter(({ action }) => action === "status");

/** CommonJS that declares its rights, and needs no other package. `code`: the package's actions. */
export const ownFunction = (code: string): string => `const packaged = { exports: {} };
((module, exports) => {
${codeFor(seeing, code)}
})(packaged, packaged.exports);
const act = packaged.exports.handler;
async function handler(event, context) {
  if (event["eks-lambda"] === "check") return act({ action: "check" }, context);
  const { name, state } = await act({ action: "status", name: event.see }, context);
  return { saw: name, state };
}
exports.handler = Object.assign(handler, {
  needs: ${JSON.stringify(needsOf(seeing))},
  ready: Promise.resolve(),
});
`;
