/**
 * Runs the tasks of a bundle in a process with the function's environment, and prints their results. The argument is
 * the bundle's file. The cluster needs a ConfigMap `flags`, and more ConfigMaps with the label `many`.
 */
import { deploymentSpec, failingJob, widgetDefinition } from "../../test/acceptance/client/objects.ts";

const [file = ""] = process.argv.slice(2);
const { connection, ...tasks } = await import(file);
const kube = await connection();
const soon = () => AbortSignal.timeout(20_000);

async function cancelled(): Promise<number> {
  const end = new AbortController();
  let count = 0;
  const watching = tasks.namesUntil(kube, end.signal, () => {
    count += 1;
    end.abort();
  });
  await watching.catch((error: unknown) => {
    if (!end.signal.aborted) throw error;
  });
  return count;
}

await tasks.release(kube, "web", deploymentSpec("nginx:1.12"));
const { availableReplicas } = await tasks.untilRolledOut(kube, "web", soon());
const before: string[] = await tasks.podsOf(kube, "app=web");
await tasks.restart(kube, "web");
await tasks.untilRolledOut(kube, "web", soon());
const after: string[] = await tasks.podsOf(kube, "app=web");
const widget = { kind: "Widget", metadata: { name: "one" }, spec: { size: 3 } };
const done = {
  availableReplicas,
  restarted: after.filter((name) => !before.includes(name)).length,
  job: await tasks.runJob(kube, failingJob("migrate")),
  flags: await tasks.setFlag(kube, "flags", { beta: "off" }),
  size: (await tasks.applyWidget(kube, widgetDefinition, widget)).spec.size,
  many: await tasks.countOf(kube, "many"),
  cancelled: (await cancelled()) > 0,
  line: await tasks.lineWith?.(kube, after.at(-1), "orders", "web"),
};
process.stdout.write(`${JSON.stringify(done)}\n`, () => process.exit());
