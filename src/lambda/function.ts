/** The deployed function, `index.handler`. `setup` or template.yml sets its environment. */
import type { Allowed } from "../core/actions/allowed.ts";
import type { Chosen } from "../core/actions/index.ts";
import { clusterFromEnvironment, type Environment } from "../core/kube/cluster.ts";
import { addCdkResources } from "./cdk-resources.ts";
import { withCustomResources } from "./custom-resources.ts";
import { environmentConnection } from "./environment.ts";
import { createHandler, type Handler, type HandlerOptions } from "./handler.ts";
import { isInitializing, type Warmed, warmUp } from "./warm.ts";

const warmed = warm(process.env);

/** What `setup --allow` said: a separate line at the beginning of the built function. */
declare const ALLOWED: readonly Allowed[];

const options: HandlerOptions = {
  environment: process.env,
  allowed: ALLOWED,
  ...(warmed && { connection: warmed.connection }),
  log: (line) => process.stdout.write(`${line}\n`),
};
let handler = createHandler(options);
// One statement each: `setup` leaves out what needs an action that is not allowed. See scripts/parts.mjs.
addCdkResources();
handler = withCustomResources(handler, createHandler({ ...options, choose: (event) => event as Chosen }), process.env);

/**
 * Makes Lambda's runtime wait for the warm-up. The runtime loads this module with `import()`, or up to nodejs22.x with
 * `require` in an async function; both wait for a module that has a `then`. Reads the handler from `this`, so that a
 * handler wrapped by instrumentation stays wrapped.
 */
function then(this: { readonly handler: Handler }, resolve: (module: { handler: Handler }) => void): void {
  const { handler } = this;
  void Promise.resolve(warmed?.ready).then(() => resolve({ handler }));
}

function warm(environment: Environment): Warmed | undefined {
  if (!isInitializing(environment)) return undefined;
  try {
    const warmed = warmUp(environmentConnection(clusterFromEnvironment(environment), environment));
    return { ...warmed, ready: Promise.all([warmed.ready, rehearse(environment)]).then(() => {}) };
  } catch {
    // The first invocation reports what the environment lacks.
    return undefined;
  }
}

/**
 * Runs a call of the first action that is allowed, which no server gets, so that V8 has compiled its code; it does while
 * the real server answers.
 */
async function rehearse(environment: Environment): Promise<void> {
  const [first] = ALLOWED;
  if (!first) return;
  const text = JSON.stringify({ metadata: { uid: "" }, spec: { replicas: 2 } });
  const connection = { server: "https://nowhere", exchange: async () => ({ status: 201, headers: {}, text }) };
  const context = { awsRequestId: "", getRemainingTimeInMillis: () => 1_000 };
  const { action, resource, names: [name] = ["name"] } = first;
  // As most calls have them: what an event does not name costs the first call less if it was not named here either.
  const event = action === "create" ? {} : { action, resource, name };
  await createHandler({ environment, connection, allowed: ALLOWED })(event, context).catch(() => {});
}

declare const module: { exports: unknown };
// Plain properties, which instrumentation can wrap. For `export`, esbuild writes getters, and 500 bytes more.
module.exports = { handler, then };
