/** A case of AWS, as data, and the calls of each service. */
import type { Case } from "../case.ts";
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
  request: `\`${call.form ? `${call.service}:${call.form.Action}` : `${call.method ?? "GET"} ${call.path}`}\``,
  ask: async (side) => answerOf(await send(side, call), shows),
});

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
