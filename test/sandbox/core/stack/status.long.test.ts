/** What setup, teardown and doctor do with a stack in each of CloudFormation's statuses. */
import { StackStatus } from "@aws-sdk/client-cloudformation";
import { expect, test } from "vitest";
import { links } from "../../../../src/core/doctor/index.ts";
import { walk } from "../../../../src/core/doctor/link.ts";
import { factsOf } from "../../../../src/core/doctor/read-facts.ts";
import type { Intent } from "../../../../src/core/plan.ts";
import { readTarget } from "../../../../src/core/setup/target.ts";
import { useSetup } from "../../support/setup-in-process.ts";

const { sandbox, apply, ports } = useSetup();
const name = "eks-lambda-demo";

/** An error's code; or whether the stack is updated, deleted, waited for, or taken for one that does not exist. */
type Outcome = string;

const resting = { setup: "update", teardown: "delete", doctor: "ok" };
const broken = (remedy: RegExp) => ({ setup: "StackBroken", teardown: "delete", doctor: "StackBroken", remedy });
const missing = { setup: "none", teardown: "none", doctor: "NotSetUp" };
const command = (verb: string) => new RegExp(`: aws cloudformation ${verb} --stack-name ${name} --region us-east-1\\b`);

const underWay = { setup: "wait", teardown: "wait", doctor: "StackUnderWay" };
const changing = (waiter: string) => ({ ...underWay, remedy: command(`wait stack-${waiter}-complete`) });
/** No waiter ends well. */
const rolledBack = { ...underWay, remedy: command("describe-stacks --query 'Stacks\\[\\].StackStatus'") };

interface Expected {
  readonly setup: Outcome;
  readonly teardown: Outcome;
  readonly doctor: Outcome;
  readonly remedy?: RegExp;
}
const statuses: Readonly<Record<StackStatus, Expected>> = {
  CREATE_IN_PROGRESS: changing("create"),
  CREATE_COMPLETE: resting,
  CREATE_FAILED: broken(command("delete-stack")),
  ROLLBACK_IN_PROGRESS: rolledBack,
  ROLLBACK_COMPLETE: broken(command("delete-stack")),
  ROLLBACK_FAILED: broken(command("delete-stack")),
  UPDATE_IN_PROGRESS: changing("update"),
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: changing("update"),
  UPDATE_COMPLETE: resting,
  UPDATE_FAILED: broken(command("rollback-stack")),
  UPDATE_ROLLBACK_IN_PROGRESS: changing("rollback"),
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: changing("rollback"),
  UPDATE_ROLLBACK_COMPLETE: resting,
  UPDATE_ROLLBACK_FAILED: broken(command("continue-update-rollback")),
  DELETE_IN_PROGRESS: changing("delete"),
  DELETE_COMPLETE: missing,
  DELETE_FAILED: broken(command("delete-stack")),
  REVIEW_IN_PROGRESS: missing,
  IMPORT_IN_PROGRESS: changing("import"),
  IMPORT_COMPLETE: resting,
  IMPORT_ROLLBACK_IN_PROGRESS: rolledBack,
  IMPORT_ROLLBACK_COMPLETE: resting,
  IMPORT_ROLLBACK_FAILED: broken(command("delete-stack")),
};

/** Whether the command waits for the stack, and what it reads then. */
async function found(intent: Intent): Promise<Outcome> {
  const { config, ...open } = ports({ memory: "512" });
  let outcome = intent === "present" ? "update" : "delete";
  const waiting = () => {
    outcome = "wait";
    sandbox().setStackStatus(name, "UPDATE_COMPLETE");
  };
  const { region, cluster } = sandbox();
  const by = { version: "0.0.0", newer: "refuse" } as const;
  const target = await readTarget({ ...open, waiting }, { config, name: cluster.name, region, by }, intent);
  return target.found ? outcome : "none";
}
const stackNow = () => ports().cloudformation.stack(name);

async function doctor() {
  const { region, cluster } = sandbox();
  const facts = factsOf({
    ...ports(),
    ...{ region, role: undefined, environment: {}, version: "0.0.0" },
    ...{ clusterName: async () => cluster.name, kube: () => Promise.reject(new Error("not reached")) },
  });
  const chain = links.filter(({ id }) => /^(credentials|cluster|stack)$/.test(id));
  const { status, code, hint } = (await walk(chain, facts)).at(-1) ?? {};
  return { outcome: code ?? status, hint };
}

test("the table has every status", () => {
  expect(Object.keys(statuses).sort()).toEqual(Object.values(StackStatus).sort());
});

test.each(Object.entries(statuses))("%s", async (status, { setup, teardown, doctor: finding, remedy }) => {
  await apply("present");
  const become = () => sandbox().setStackStatus(name, status);
  become();
  const { outcome, hint } = await doctor();
  expect(outcome).toBe(finding);
  if (remedy) expect(String(hint)).toMatch(remedy);
  expect(await found("present").catch(({ code }) => code)).toBe(setup);
  if (setup === "update") {
    await apply("present", { memory: "512" });
    expect(await stackNow()).toMatchObject({ status: "UPDATE_COMPLETE", parameters: { MemorySize: "512" } });
  }
  become();
  expect(await found("absent")).toBe(teardown);
  if (teardown !== "delete") return;
  await apply("absent");
  expect(await stackNow()).toBeUndefined();
});
