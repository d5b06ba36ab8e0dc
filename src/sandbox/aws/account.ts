/** Looks up resources of the account. */
import type { Resource } from "../model.ts";
import type { World } from "../state.ts";

export const find = ({ state }: World, type: string, name: unknown): Resource | undefined =>
  state.resources.get(`${type} ${name}`);

export const byArn = ({ state }: World, arn: unknown): Resource | undefined =>
  [...state.resources.values()].find(({ attributes }) => attributes.Arn === arn);
