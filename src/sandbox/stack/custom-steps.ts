/** Creates, updates and deletes custom resources of a stack, with their events. */
import { isDeepStrictEqual } from "node:util";
import type { Data, Resource } from "../model.ts";
import { now, type World } from "../state.ts";
import { type CustomAnswer, CustomFailure, type CustomRequest, request } from "./custom-resource.ts";
import { failIfTold, record, step } from "./events.ts";
import type { Stack } from "./model.ts";

interface Settled {
  readonly id: string;
  readonly type: string;
  /** With a text in place of each scalar. */
  readonly properties: Data;
}

const asked = (stack: Stack, more: Omit<CustomRequest, "stackId" | "stackName">): CustomRequest => ({
  stackId: stack.id,
  stackName: stack.name,
  ...more,
});

type Made = CustomAnswer & Omit<Settled, "id">;

function resourceOf(world: World, { type, properties, physicalId: name, data, noEcho, requestId }: Made) {
  const modifiedAt = now(world);
  const about = { key: `${type} ${name}`, type, name, properties, noEcho, requestId };
  return { ...about, attributes: data, createdAt: modifiedAt, modifiedAt } satisfies Resource;
}

const keep = (stack: Stack, id: string, resource: Resource): void => {
  stack.resources = new Map(stack.resources).set(id, resource);
};

/** Sends a Create or an Update if the properties differ. Throws its failure. */
export async function settleCustom(world: World, stack: Stack, { id, type, properties }: Settled): Promise<void> {
  const old = stack.resources.get(id);
  if (isDeepStrictEqual(old?.properties, properties)) return;
  const subject = { id, type, name: old?.name };
  await step(stack, { ...subject, verb: old ? "UPDATE" : "CREATE" }, async () => {
    failIfTold(world.faults.failResources, id);
    if (old && old.properties.ServiceToken !== properties.ServiceToken)
      throw new CustomFailure("Modifying service token is not allowed.");
    const change = old ? { verb: "Update", physicalId: old.name, old: old.properties } : { verb: "Create" };
    try {
      const sent = asked(stack, { id, type, properties, ...change } as CustomRequest);
      const answer = await request(world, sent);
      const { physicalId: name } = answer;
      keep(stack, id, resourceOf(world, { ...answer, type, properties }));
      if (!old) record(stack, { ...subject, name }, { status: "CREATE_IN_PROGRESS", reason: created });
      else if (old.name !== name)
        record(stack, { ...subject, name }, { status: "UPDATE_IN_PROGRESS", reason: replaced });
      return name;
    } catch (error) {
      const { physicalId } = error as CustomFailure;
      const failed = {
        physicalId: old?.name ?? `${physicalId}`,
        data: old?.attributes ?? {},
        noEcho: false,
        requestId: "",
      };
      // So that the rollback undoes what the failed request did.
      if (physicalId !== undefined) keep(stack, id, resourceOf(world, { ...failed, type, properties }));
      throw error;
    }
  });
}

const created = "Resource creation Initiated";
const replaced = "Requested update required the provider to create a new physical resource";

/** Sends a Delete with the properties that the resource was made with. Throws its failure. */
export async function removeCustom(
  world: World,
  stack: Stack,
  { id, type, name, properties }: Resource & { readonly id: string },
): Promise<void> {
  await request(world, asked(stack, { id, type, verb: "Delete", physicalId: name, properties }));
}

interface Restored {
  readonly id: string;
  /** What an update made of it, or failed to make. */
  readonly one: Resource;
  readonly old: Resource;
}

/** Sends an Update with the properties swapped. Returns the resource as it is then. */
export async function restoreCustom(world: World, stack: Stack, { id, one, old }: Restored): Promise<Resource> {
  const { type, name, properties } = old;
  let restored: Resource = old;
  await step(stack, { id, type, name, verb: "UPDATE" }, async () => {
    const swapped = { id, type, verb: "Update", physicalId: one.name, properties, old: one.properties } as const;
    restored = resourceOf(world, { ...(await request(world, asked(stack, swapped))), type, properties });
  });
  return restored;
}
