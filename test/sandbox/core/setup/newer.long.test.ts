/** The stack of a later version: what this version does not know of it stays as it is. */
import { beforeEach, describe, expect, test } from "vitest";
import { factsOf } from "../../../../src/core/doctor/read-facts.ts";
import { stack as stackLink } from "../../../../src/core/doctor/stack.ts";
import type { Intent } from "../../../../src/core/plan.ts";
import { functionsOf } from "../../../../src/core/stack/functions.ts";
import { kubeOf } from "../../support/meddling.ts";
import { useSetup } from "../../support/setup-in-process.ts";

const { sandbox, apply, changes, ports } = useSetup();
const intents: readonly Intent[] = ["present", "absent"];
const isWrite = ({ action }: { readonly action: string }) =>
  /^(POST|PATCH|PUT|DELETE) |:(Create|Update|Delete|Execute)/.test(action);

describe("made by 9.9.0", () => {
  beforeEach(() => apply("present", { version: "9.9.0" }));

  test.each(intents)("is refused, and nothing is written: %s", async (intent) => {
    const { length } = sandbox().requests;
    await expect(changes(intent)).rejects.toMatchObject({
      code: "MadeByNewer",
      message:
        'eks-lambda 9.9.0 created the stack "eks-lambda-demo", and this is 0.0.0, which may not know what the later version created',
      hint: "use that version, or a later one: eks-lambda@9.9.0",
    });
    expect(sandbox().requests.slice(length).filter(isWrite)).toEqual([]);
  });

  test.each(["9.9.0", "9.9.1-rc.1", "10.0.0"])("is taken over by %s", async (version) => {
    expect((await changes("absent", { version })).some(({ action }) => action === "delete")).toBe(true);
    expect((await changes("present", { version })).filter(({ step }) => step === "stack")).toMatchObject([
      { action: version === "9.9.0" ? "unchanged" : "update" },
    ]);
  });

  test("is refused by a pre-release of that version", () =>
    expect(changes("present", { version: "9.9.0-rc.1" })).rejects.toMatchObject({ code: "MadeByNewer" }));

  test("is listed with its version", async () => {
    const { account, region, cluster } = sandbox();
    const { cloudformation, lambda } = ports();
    const place = { account, region, cluster: cluster.name };
    const listed = await functionsOf({ kube: kubeOf(sandbox()), cloudformation, lambda }, place);
    expect(listed.functions).toMatchObject([{ version: "9.9.0", state: "Active" }]);
  });

  test("is examined by doctor, which says whose it is", async () => {
    const { region, cluster } = sandbox();
    const facts = factsOf({
      ...ports(),
      ...{ region, role: undefined, environment: {}, version: "0.0.0" },
      ...{ clusterName: async () => cluster.name, kube: () => Promise.reject(new Error("not reached")) },
    });
    expect(await stackLink.prove(facts)).toBe(
      "eks-lambda-demo, CREATE_COMPLETE, created by eks-lambda 9.9.0; this is 0.0.0",
    );
  });
});

test.each(["by-hand", "9.9.0; id", "$(id)"])("a stack of version %j is no later one's", async (version) => {
  await apply("present", { version });
  expect((await changes("present")).filter(({ step }) => step === "stack")).toMatchObject([{ action: "update" }]);
});
