/** Definitions of custom resources for the cases, and their objects. */
import type { Answer, Case } from "../case.ts";
import { type Json, story } from "../kube-case.ts";
import { until } from "../people.ts";
import { type KubeAnswer, prepare, type Side } from "../side.ts";

export const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
export const group = "schemas.example.com";
export const home = `/apis/${group}/v1/namespaces/default`;

type Schema = Readonly<Record<string, unknown>>;
export const string = { type: "string" };
export const integer = { type: "integer" };
export const object = (properties: object, more: object = {}): Schema => ({ type: "object", properties, ...more });

/** A definition of the kind `Gauge` for the plural `gauges`, whose specification has the fields. */
export function definitionOf(plural: string, schema: Schema, more: object = {}) {
  const kind = plural[0]?.toUpperCase() + plural.slice(1, -1);
  const names = { kind, plural, singular: plural.slice(0, -1), listKind: `${kind}List` };
  const version = { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema }, ...more };
  return { metadata: { name: `${plural}.${group}` }, spec: { group, scope: "Namespaced", names, versions: [version] } };
}

export async function define(side: Side, definition: ReturnType<typeof definitionOf>): Promise<void> {
  await prepare(side, "POST", definitions, definition);
  const authorization = `Bearer ${await side.token("administrator")}`;
  const path = `${home}/${definition.spec.names.plural}`;
  await until(
    `${path} is served`,
    async () => (await side.kube({ method: "GET", path, authorization })).status === 200,
  );
}

/** The API server tells the problems of several fields in no order. */
export function answerOf({ status, body }: KubeAnswer, shown: (object: Json) => unknown): Answer {
  const { reason = "", message = "", details } = body as Json;
  if (status < 400) return { status, reason: "", message: JSON.stringify(shown(body) ?? null) };
  const causes = (details?.causes ?? []).map((one: Json) => `${one.reason} ${one.field}: ${one.message}`).toSorted();
  return { status, reason, message: causes.join("; ") || message };
}

const kindOf = (plural: string): string => `${plural[0]?.toUpperCase()}${plural.slice(1, -1)}`;
export const resource = (plural: string, spec: unknown, name = "any"): Json => ({
  ...{ apiVersion: `${group}/v1`, kind: kindOf(plural), metadata: { name }, spec },
});

/** A dry run. */
export const created = (plural: string, name: string, spec: unknown): Case =>
  story({
    name,
    request: `\`POST ?dryRun=All\` of a ${kindOf(plural)} with \`spec: ${JSON.stringify(spec)}\``,
    tell: async (ask) =>
      answerOf(await ask("POST", `${home}/${plural}?dryRun=All`, resource(plural, spec)), (made) => made.spec),
  });
