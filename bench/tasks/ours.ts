import { type Context, connect, during } from "eks-lambda/lambda";
import { podsOf } from "../../test/acceptance/client/tasks.ts";

export * from "../../test/acceptance/client/tasks.ts";

const kube = connect();

export const connection = () => kube;

export const handler = (_event: unknown, context: Context): Promise<unknown> =>
  podsOf(during(kube, context), "app=web");
