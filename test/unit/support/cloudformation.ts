/**
 * CloudFormation in memory: stacks that go through their states, one step for each look at them. A template is a JSON
 * object of logical ids and types.
 */
import type {
  ChangeSet,
  ChangeSetRequest,
  CloudFormation,
  Stack,
  StackEvent,
} from "../../../src/core/aws/cloudformation.ts";

interface Spec {
  readonly template: string;
  readonly parameters: Stack["parameters"];
  readonly tags: Stack["tags"];
}
interface Kept extends Spec {
  readonly id: string;
  readonly name: string;
  status: string;
  reason: string | undefined;
  readonly events: StackEvent[];
  /** What is still to happen, one at a look. */
  readonly ahead: (() => void)[];
}

export interface TestStacks extends CloudFormation {
  /** Reasons of resources that cannot be made or changed, by logical id. */
  readonly failing: Map<string, string>;
  /** Reasons of resources that cannot be deleted. */
  readonly undeletable: Map<string, string>;
  /** Why the next change sets are refused. */
  refusal: string | undefined;
  /** How an empty change set says so. */
  emptyReason: string;
  /** Each call that writes, with what it is about. */
  readonly writes: readonly string[];
}

export function testStacks(): TestStacks {
  const stacks = new Map<string, Kept>();
  const changeSets = new Map<string, ChangeSet & Spec & { looks: number }>();
  const failing = new Map<string, string>();
  const undeletable = new Map<string, string>();
  const writes: string[] = [];
  let made = 0;

  const existing = (name: string): Kept => {
    const stack = stacks.get(name);
    if (!stack) throw new Error(`Stack with id ${name} does not exist`);
    return stack;
  };
  const add = (stack: Kept, logicalId: string, type: string, status: string, reason?: string) => {
    stack.events.unshift({ id: String(stack.events.length), logicalId, type, status, reason });
  };
  const enter = (stack: Kept, status: string, reason?: string) => {
    Object.assign(stack, { status, reason });
    add(stack, stack.name, "AWS::CloudFormation::Stack", status, reason);
  };
  const resources = ({ template }: Spec): [string, string][] => Object.entries(JSON.parse(template));

  /** Queues the steps of CREATE or UPDATE: the first failure cancels the resources after it, and all is rolled back. */
  function execute(stack: Kept, verb: "CREATE" | "UPDATE", wanted: Spec) {
    const before: Spec = { template: stack.template, parameters: stack.parameters, tags: stack.tags };
    const rollback = verb === "CREATE" ? "ROLLBACK" : "UPDATE_ROLLBACK";
    Object.assign(stack, wanted);
    enter(stack, `${verb}_IN_PROGRESS`);
    let cancelled = false;
    for (const [logicalId, type] of resources(wanted)) {
      stack.ahead.push(
        () => add(stack, logicalId, type, `${verb}_IN_PROGRESS`),
        () => {
          const reason = cancelled ? "Resource creation cancelled" : failing.get(logicalId);
          add(stack, logicalId, type, reason ? `${verb}_FAILED` : `${verb}_COMPLETE`, reason);
          cancelled ||= reason !== undefined;
        },
      );
    }
    stack.ahead.push(
      () => enter(stack, cancelled ? `${rollback}_IN_PROGRESS` : `${verb}_COMPLETE`),
      () => {
        if (!cancelled) return;
        if (verb === "UPDATE") Object.assign(stack, before);
        enter(stack, `${rollback}_COMPLETE`);
      },
    );
  }

  const self: TestStacks = {
    failing,
    undeletable,
    refusal: undefined,
    emptyReason:
      "The submitted information didn't contain changes. Submit different information to create a change set.",
    writes,

    async stack(name) {
      const stack = stacks.get(name);
      stack?.ahead.shift()?.();
      if (!stack || stack.status === "DELETE_COMPLETE") return undefined;
      const { id, status, reason, parameters, tags } = stack;
      return { id, status, reason, parameters, tags, outputs: {} };
    },

    async createChangeSet({ stack: name, name: changeSet, type, template, parameters, tags }: ChangeSetRequest) {
      writes.push(`create change set ${type}`);
      const found = stacks.get(name);
      if (type === "UPDATE" && !/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(existing(name).status))
        throw new Error(`Stack:${name} is in ${found?.status} state and can not be updated.`);
      if (type === "CREATE" && found && found.status !== "REVIEW_IN_PROGRESS")
        throw new Error(`Stack [${name}] already exists and cannot be created again with the changeSet.`);
      if (!found) {
        const id = `arn:aws:cloudformation:us-east-1:123456789012:stack/${name}/${++made}`;
        const spec = { template: "{}", parameters: {}, tags: {} };
        const stack: Kept = { ...spec, id, name, status: "", reason: undefined, events: [], ahead: [] };
        stacks.set(name, stack).set(id, stack);
        enter(stack, "REVIEW_IN_PROGRESS");
      }
      const wanted = { template, parameters, tags };
      const { template: t, parameters: p, tags: g } = existing(name);
      const empty = JSON.stringify({ template: t, parameters: p, tags: g }) === JSON.stringify(wanted);
      const reason = self.refusal ?? (empty ? self.emptyReason : undefined);
      changeSets.set(`${name}/${changeSet}`, {
        ...wanted,
        reason,
        status: reason ? "FAILED" : "CREATE_COMPLETE",
        looks: 0,
      });
    },

    async changeSet(stack, name) {
      const found = changeSets.get(`${stack}/${name}`);
      if (!found) throw new Error(`ChangeSet [${name}] does not exist`);
      return found.looks++ === 0 ? { status: "CREATE_IN_PROGRESS", reason: undefined } : found;
    },

    async changeSets(name) {
      const prefix = `${existing(name).name}/`;
      return [...changeSets.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    },

    async executeChangeSet(name, changeSet) {
      writes.push("execute change set");
      const found = changeSets.get(`${name}/${changeSet}`);
      if (found?.status !== "CREATE_COMPLETE") throw new Error(`ChangeSet [${changeSet}] cannot be executed`);
      changeSets.delete(`${name}/${changeSet}`);
      const { template, parameters, tags } = found;
      const stack = existing(name);
      execute(stack, stack.status === "REVIEW_IN_PROGRESS" ? "CREATE" : "UPDATE", { template, parameters, tags });
    },

    async deleteChangeSet(stack, name) {
      writes.push("delete change set");
      changeSets.delete(`${stack}/${name}`);
    },

    async deleteStack(name, roleArn) {
      writes.push(roleArn ? `delete stack as ${roleArn}` : "delete stack");
      const stack = existing(name);
      const stuck = resources(stack).some(([logicalId]) => undeletable.has(logicalId));
      enter(stack, "DELETE_IN_PROGRESS");
      for (const [logicalId, type] of resources(stack)) {
        const reason = undeletable.get(logicalId);
        stack.ahead.push(
          () => add(stack, logicalId, type, "DELETE_IN_PROGRESS"),
          () => add(stack, logicalId, type, reason ? "DELETE_FAILED" : "DELETE_COMPLETE", reason),
        );
      }
      stack.ahead.push(() => {
        enter(stack, stuck ? "DELETE_FAILED" : "DELETE_COMPLETE");
        if (!stuck) stacks.delete(name);
      });
    },

    events: async (name) => existing(name).events,
  };
  return self;
}
