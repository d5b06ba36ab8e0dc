/** Runs a synthesised stack: its function's code with its environment, and CloudFormation's events for its objects. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { requestOf, s3 } from "../support/cloudformation.ts";
import type { Resource, Synthesised } from "./apps.ts";

export interface Outcome {
  readonly Status: "SUCCESS" | "FAILED";
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
}

type Properties = Readonly<Record<string, unknown>>;
type Environment = Readonly<Record<string, string>>;

const main = `
const { handler } = require("./index.js");
const context = { awsRequestId: "1", getRemainingTimeInMillis: () => 60_000 };
handler(JSON.parse(process.argv[2]), context).catch((error) => console.error(error.message));
`;

/** CloudFormation sends a text for every scalar. */
const texts = (value: unknown): unknown =>
  typeof value !== "object" || value === null
    ? String(value)
    : Array.isArray(value)
      ? value.map(texts)
      : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, texts(inner)]));

/** A function of a synthesised app, on this computer. Returns what it PUTs for an event. */
async function functionOf(app: Synthesised, environment: Environment) {
  const [made] = app.of("AWS::Lambda::Function");
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-cdk-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { ZipFile = "" } = Object(made?.Properties.Code) as { readonly ZipFile?: string };
  await Promise.all([writeFile(join(folder, "index.js"), ZipFile), writeFile(join(folder, "main.cjs"), main)]);
  return async (event: object): Promise<Outcome> => {
    const { puts, environment: toS3 } = await s3(200);
    const env = { ...environment, ...toS3 };
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [join(folder, "main.cjs"), JSON.stringify(event)], { env }, (_, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });
    if (puts.length !== 1) throw new Error(`${puts.length} answers: ${output}`);
    return puts[0]?.body as unknown as Outcome;
  };
}

/** Each after those that it refers to. */
function inOrder(all: readonly (readonly [string, Resource])[]): readonly (readonly [string, Resource])[] {
  const refersTo = (one: Resource, id: string) => JSON.stringify(one.Properties).includes(`["${id}",`);
  const free = all.filter(([, one]) => !all.some(([id]) => refersTo(one, id)));
  if (free.length === 0) return all;
  return [...free, ...inOrder(all.filter((one) => !free.includes(one)))];
}

export function stackOf(environment: Environment) {
  /** What the stack has. */
  let now: Readonly<Record<string, Properties>> = {};
  const ids = new Map<string, string>();
  const data = new Map<string, Outcome["Data"]>();

  /** With the values of `Fn::GetAtt`. */
  const resolved = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(resolved);
    const { "Fn::GetAtt": of, "Fn::Join": joined } = value as Properties;
    if (Array.isArray(of)) return data.get(String(of[0]))?.[String(of[1])] ?? "arn";
    if (Array.isArray(joined)) return (resolved(joined[1]) as unknown[]).join(String(joined[0]));
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner)]));
  };
  const isOurs = ([, { Type }]: readonly [string, Resource]) => Type.startsWith("Custom::");

  /** Creates and updates in the order of the template, then deletes what it no longer has. Stops at a failure. */
  async function deploy(app: Synthesised): Promise<readonly Outcome[]> {
    const run = await functionOf(app, environment);
    const outcomes: Outcome[] = [];
    const wanted = inOrder(Object.entries(app.resources).filter(isOurs));
    const send = async (id: string, event: object) => {
      const outcome = await run(requestOf({ ...event, LogicalResourceId: id, ...physical(id) }));
      outcomes.push(outcome);
      ids.set(id, outcome.PhysicalResourceId);
      data.set(id, outcome.Data);
      return outcome.Status === "SUCCESS";
    };
    const physical = (id: string) => ({ ...(ids.has(id) && { PhysicalResourceId: ids.get(id) as string }) });
    for (const [id, { Type: ResourceType, Properties }] of wanted) {
      const [old, given] = [now[id], texts(resolved(Properties)) as Properties];
      const update = old && { RequestType: "Update", OldResourceProperties: old };
      if (!(await send(id, { ResourceType, RequestType: "Create", ResourceProperties: given, ...update })))
        return outcomes;
      now = { ...now, [id]: given };
      types.set(id, ResourceType);
    }
    const kept = wanted.map(([id]) => id);
    for (const id of Object.keys(now).reverse()) {
      if (kept.includes(id)) continue;
      await send(id, { ResourceType: types.get(id), RequestType: "Delete", ResourceProperties: now[id] });
      const { [id]: _, ...others } = now;
      now = others;
      ids.delete(id);
    }
    return outcomes;
  }
  const types = new Map<string, string>();
  return {
    deploy,
    remove: (app: Synthesised) =>
      deploy({ ...app, resources: Object.fromEntries(Object.entries(app.resources).filter((one) => !isOurs(one))) }),
  };
}
