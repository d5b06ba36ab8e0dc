/** Renders what a smoke test makes, and what earlier ones left. */
import type { SmokeNames } from "../../core/smoke/names.ts";
import type { Opened } from "../smoke/test.ts";
import { columnsOf, hanging } from "./layout.ts";
import { onStderr as colour } from "./palette.ts";
import { lines, type Shown, type Text, text } from "./text.ts";

const row = (sign: Text, what: string, body: Shown): Text =>
  hanging(text`  ${sign} ${what.padEnd(12)}`, body, columnsOf(process.stderr));

export function renderSmoke({ cluster, region, caller, methods, isInVpc }: Opened, names: SmokeNames): Text {
  const plus = (what: string, body: Shown) => row(colour.green("+"), what, body);
  const columns = columnsOf(process.stderr);
  const time = isInVpc
    ? "7 minutes, and up to 40 more at the end: the functions run in the cluster's VPC, and Lambda can take 20 minutes to delete the network interfaces of each"
    : "7 minutes";
  return lines([
    hanging(
      "",
      text`cluster ${colour.bold(cluster.name)} · ${region} · authentication mode ${cluster.authenticationMode}`,
      columns,
    ),
    colour.dim(hanging("", text`you are ${caller.arn}`, columns)),
    "",
    plus("namespace", text`${names.namespace}, with a Deployment of 2 replicas of nginx`),
    ...names.functions.map(({ stack }) => plus("stack", text`${stack}: function, role, log group`)),
    plus("stack", text`${names.stack}: a ConfigMap, by the second function`),
    plus("role", text`${names.role}, which no one can assume`),
    plus("mappings", text`of these roles, by ${methods.join(" and ")}`),
    "",
    hanging("", text`all this is removed at the end; it costs less than one cent, and takes about ${time}`, columns),
    "",
  ]);
}

interface LeftTest {
  readonly names: SmokeNames;
  readonly left: readonly string[];
}

export const renderLeftTests = (tests: readonly LeftTest[]): Text =>
  lines([
    ...tests.flatMap(({ names, left }) => [
      `smoke test ${names.id}`,
      ...left.map((one) => hanging(text`  ${colour.red("-")} `, one, columnsOf(process.stderr))),
    ]),
    "",
  ]);
