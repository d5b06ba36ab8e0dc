import { kubeConfig } from "../support/smithy-token.ts";
import { podsOf } from "./clients/client-node.ts";

export * from "./clients/client-node.ts";

export const connection = kubeConfig;

export const handler = async (): Promise<unknown> => podsOf(await connection(), "app=web");
