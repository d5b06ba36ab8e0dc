/** What the stack deploys: `index.handler`, in an environment that `setup` or template.yml wrote. */
import { clusterFromEnvironment, type Environment } from "../core/kube/cluster.ts";
import { environmentConnection } from "./environment.ts";
import { createHandler, type Handler } from "./handler.ts";
import { isInitializing, type Warmed, warmUp } from "./warm.ts";

const warmed = warm(process.env);

const handler = createHandler({
  environment: process.env,
  ...(warmed && { connection: warmed.connection }),
  log: (line) => process.stdout.write(`${line}\n`),
});

/**
 * Has Lambda's runtime wait for the warm-up: it loads this module by `import()`, up to nodejs22.x by `require` in an async
 * function, and both wait for a module that has a `then`. The handler is read from `this`, so that one that an instrumentation
 * has wrapped stays wrapped.
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
    // The first call says what the environment lacks.
    return undefined;
  }
}

/** Runs a call that no server gets, so that V8 has compiled its code; it does while the real server answers. */
async function rehearse(environment: Environment): Promise<void> {
  const text = JSON.stringify({ metadata: { uid: "" }, spec: { replicas: 2 } });
  const connection = { server: "https://nowhere", exchange: async () => ({ status: 201, headers: {}, text }) };
  const context = { awsRequestId: "", getRemainingTimeInMillis: () => 1_000 };
  await createHandler({ environment, connection })({}, context).catch(() => {});
}

declare const module: { exports: unknown };
// Plain properties, which an instrumentation can wrap: for `export`, esbuild writes getters, and 500 bytes around them.
module.exports = { handler, then };
