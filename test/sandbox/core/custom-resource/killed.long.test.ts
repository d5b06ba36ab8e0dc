/** A function that dies at any request: Lambda sends the same event again, and it comes out as if nothing had happened. */
import { describe, expect, test } from "vitest";
import { allowedOf } from "../../support/actions.ts";
import { useSandbox } from "../../support/sandbox.ts";
import { resourceOf } from "../../support/stack.ts";

const used = useSandbox();
const { kube } = used;
const allowed = allowedOf("apply:configmaps", "delete:configmaps");
const path = "/api/v1/namespaces/default/configmaps";
const configMap = (name: string, data: object) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
const manifest = (...manifests: readonly object[]) => ({ Manifest: JSON.stringify(manifests), Overwrite: "true" });
const first = manifest(configMap("a", { x: "1", y: "1" }), configMap("b", {}), configMap("theirs", { x: "1" }));
const second = manifest(configMap("c", {}), configMap("a", { x: "2" }), configMap("theirs", { x: "2" }));

const state = async () =>
  (await kube("GET", path)).body.items.map(({ metadata, data }: { metadata: KubeMetadata; data: object }) => {
    const { annotations = {} } = metadata;
    return [metadata.name, data, annotations["eks-lambda/owners"]];
  });
interface KubeMetadata {
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Dies before the request with this number, and before every later one. */
function dies(at: number) {
  let requests = 0;
  const meddle = async () => {
    if (requests++ >= at) throw new Error("died");
  };
  return { died: () => requests > at, meddle };
}

async function prepared(step: "Create" | "Update" | "Delete") {
  await used.sandbox().reset();
  await kube("POST", `${path}?fieldManager=kubectl-create`, { body: configMap("theirs", { x: "0", y: "0" }) });
  const web = resourceOf(used)("Web", { allowed });
  if (step !== "Create") await web.create(first);
  if (step === "Delete") await web.update(second, first);
  const event = {
    Create: web.event("Create", first),
    Update: web.event("Update", second, first),
    Delete: web.event("Delete", second),
  };
  return { web, event: event[step] };
}

describe.each(["Create", "Update", "Delete"] as const)("%s", (step) => {
  test("comes out the same after a death at each of its requests", async () => {
    const { web, event } = await prepared(step);
    expect(await web.send(event)).toMatchObject({ Status: "SUCCESS" });
    const whole = await state();
    let deaths = 0;
    for (let at = 0; ; at++) {
      const { web, event } = await prepared(step);
      const { died, meddle } = dies(at);
      await web.send(event, { meddle });
      if (!died()) break;
      deaths++;
      expect(await web.send(event), `after a death at ${at}`).toMatchObject({ Status: "SUCCESS" });
      expect(await state(), `after a death at ${at}`).toEqual(whole);
    }
    expect(deaths).toBeGreaterThan(5);
  });

  test("that fails at any request can be rolled back", async () => {
    for (let at = 0; step !== "Delete"; at++) {
      const { web, event } = await prepared(step);
      const before = await state();
      const { died, meddle } = dies(at);
      await web.send(event, { meddle });
      if (!died()) break;
      const back = step === "Create" ? await web.remove(first) : await web.update(first, second);
      expect(back, `after a failure at ${at}`).toMatchObject({ Status: "SUCCESS" });
      const kept = step === "Create" ? (await state()).map(([name]: [string]) => name) : await state();
      expect(kept, `after a failure at ${at}`).toEqual(step === "Create" ? ["theirs"] : before);
    }
  });
});
