/** A case of AWS, as data, and the calls of each service. */
import type { Answer, Case } from "../case.ts";
import type { Side } from "../side.ts";
import { type AwsCall, answerOf, send } from "./call.ts";

export interface AwsCase {
  readonly name: string;
  readonly call: AwsCall;
  readonly shows?: readonly string[];
  readonly known?: string;
}

export const awsCase = ({ name, call, shows, known }: AwsCase): Case => ({
  name,
  known,
  request: `\`${requested(call)}\``,
  ask: async (side) => answerOf(await send(side, call), shows),
});

/** A case after something happened. */
export const after = (name: string, happens: (side: Side) => unknown, asked: AwsCase): Case => {
  const one = awsCase({ ...asked, name });
  return { ...one, ask: async (side) => [await happens(side), await one.ask(side)][1] as Answer };
};

function requested({ service, form, headers, method = "GET", path }: AwsCall): string {
  const target = headers?.["x-amz-target"];
  if (target !== undefined) return `${service}:${target.split(".").at(-1)}`;
  return form ? `${service}:${form.Action}` : `${method} ${path}`;
}

export const sts = (Action: string, more: Partial<AwsCall> = {}): AwsCall => ({
  service: "sts",
  form: { Action, Version: "2011-06-15" },
  ...more,
});
export const iam = (Action: string, parameters: Readonly<Record<string, string>>): AwsCall => ({
  service: "iam",
  form: { Action, Version: "2010-05-08", ...parameters },
});
export const eks = (method: AwsCall["method"], path: string, body?: object): AwsCall => ({
  ...{ service: "eks", method: method ?? "GET", path },
  ...(body && { body: JSON.stringify(body) }),
});
export const lambda = (method: AwsCall["method"], path: string, body?: string, headers = {}): AwsCall => ({
  ...{ service: "lambda", method: method ?? "GET", path: `/2015-03-31/functions/${path}`, headers },
  ...(body !== undefined && { body }),
});
/** In the protocol AWS JSON 1.1. */
export const logs = (action: string, input: object): AwsCall => ({
  ...{ service: "logs", method: "POST", body: JSON.stringify(input) },
  headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `Logs_20140328.${action}` },
});
