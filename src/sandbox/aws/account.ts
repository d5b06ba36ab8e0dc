/** What there is in the account, and how its services refuse. */
import type { Resource, World } from "../state.ts";

/** An AWS service's refusal, by its code. */
export const awsError = (name: string, message: string, status = 400) =>
  Object.assign(new Error(message), { name, status });
export type Refusal = ReturnType<typeof awsError>;
export const notFound = (message: string) => awsError("ResourceNotFoundException", message, 404);

export const find = ({ state }: World, type: string, name: unknown): Resource | undefined =>
  state.resources.get(`${type} ${name}`);
export const byArn = ({ state }: World, arn: unknown): Resource | undefined =>
  [...state.resources.values()].find(({ attributes }) => attributes.Arn === arn);
