/** The calls of an AWS service, and how they find resources. */
import type { Data, Key, Pairs, Resource } from "../model.ts";
import type { Request } from "../request.ts";
import type { World } from "../state.ts";

export interface Context {
  readonly world: World;
  readonly caller: Key;
  readonly request: Request;
}

/** By `service:Action`. Returns data, which is encoded for the service's protocol, or a complete `Answer`. */
export type Operations = Readonly<Record<string, (input: Data, context: Context) => unknown>>;

export const find = ({ state }: World, type: string, name: unknown): Resource | undefined =>
  state.resources.get(`${type} ${name}`);

export const byArn = ({ state }: World, arn: unknown): Resource | undefined =>
  [...state.resources.values()].find(({ attributes }) => attributes.Arn === arn);

/** Reads `Tags.member.1.Key=a&Tags.member.1.Value=b` as `{a: "b"}`. */
export const pairsIn = (input: Data, kind: string): Pairs => {
  const keys = Object.keys(input).filter((name) => name.includes(".member.") && name.endsWith(`.${kind}Key`));
  return Object.fromEntries(keys.map((key) => [input[key], input[key.replace(/Key$/, "Value")]]));
};
