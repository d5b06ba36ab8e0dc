/** `eks-lambda export`: writes what setup or grant would make as files, for those who apply them. */

import { resolve } from "node:path";
import { command } from "../../core/command.ts";
import { usageError } from "../../core/errors.ts";
import { type Destination, destinations, type FileChange, writeExport } from "../../core/export/folder.ts";
import { grantExport } from "../../core/export/grant.ts";
import { type Export, setupExport } from "../../core/export/setup.ts";
import { declaredNeeds } from "../../core/grant/declared.ts";
import { reachable } from "../../core/setup/target.ts";
import { openContext } from "../context.ts";
import type { Flags, FlagsOf } from "../flag-table.ts";
import { checkSetting } from "../flags.ts";
import { openGrant, roleFlag } from "../grant-context.ts";
import { repeating } from "../hints.ts";
import { refuseBeside } from "../idle-flags.ts";
import { onInterrupt } from "../interrupt.ts";
import { renderWarnings } from "../render/plan.ts";
import { startStatus } from "../render/status.ts";
import { lines, printJson, type Text, text } from "../render/text.ts";

interface Exported extends Export {
  readonly place: { readonly cluster: string; readonly region: string; readonly account: string };
}

export async function exportFiles(folder: string | undefined, flags: FlagsOf<"export">): Promise<void> {
  const to = destination(flags.to);
  refuseMixed(flags);
  const status = startStatus(flags);
  onInterrupt(() => "run it again to complete the folder");
  const { files, name, place, ...found } = await (flags.role === undefined ? ofSetup(flags, to) : ofGrant(flags, to));
  const warnings = found.warnings.map((warning) => repeating(flags, warning));
  const into = folder ?? `${name}/${to}`;
  const changes = await writeExport(resolve(into), files);
  if (warnings.length > 0) status.line(renderWarnings(warnings));
  if (flags.json) printJson({ ...place, to, folder: into, files: changes, warnings });
  else status.line(renderFiles({ into, to, changes, hasCode: flags.role === undefined }));
}

/** Throws `InvalidFlag`. */
function destination(given: string | undefined): Destination {
  const found = destinations.find((one) => one === given);
  if (found) return found;
  throw usageError(
    "InvalidFlag",
    given === undefined ? "--to is missing" : `--to is "${given}"; it must be sam or kubectl`,
    "--to sam has the account's half, --to kubectl the cluster's",
  );
}

/** The flags that work with `--role`, which needs no function. */
const withRole: readonly (keyof Flags)[] = [
  "role",
  "allow",
  "to",
  "cluster",
  "namespace",
  "shareUsername",
  "context",
  "allowOtherServer",
];
const always: readonly (keyof Flags)[] = ["region", "profile", "json", "quiet", "verbose"];

/** Throws `FlagWithoutEffect`. */
function refuseMixed(flags: FlagsOf<"export">): void {
  if (flags.role !== undefined) refuseBeside("--role", flags, [...withRole, ...always]);
}

async function ofSetup(flags: FlagsOf<"export">, to: Destination): Promise<Exported> {
  const { session, context } = await openContext({ ...flags, kubeconfig: false }, "present");
  const { target } = context;
  const kube = context.kube ?? (await session.kube(reachable(target)));
  const exported = await setupExport({ ...context, kube }, to);
  const place = { cluster: target.cluster.name, region: target.region, account: target.caller.account };
  return { ...exported, place };
}

async function ofGrant(flags: FlagsOf<"export">, to: Destination): Promise<Exported> {
  const roleArn = roleFlag(flags);
  checkSetting("namespace", flags.namespace);
  const needs = declaredNeeds(flags.allow ?? [], flags.namespace ?? "default");
  const context = await openGrant(flags);
  const exported = await grantExport(context, { roleArn, needs, shareUsername: flags.shareUsername ?? false }, to);
  const { cluster, region, caller } = context;
  return { ...exported, place: { cluster: cluster.name, region, account: caller.account } };
}

interface Written {
  readonly into: string;
  readonly to: Destination;
  readonly changes: readonly FileChange[];
  readonly hasCode: boolean;
}

const signs: Readonly<Record<FileChange["action"], string>> = { create: "+", update: "~", delete: "-", unchanged: "=" };

function renderFiles({ into, to, changes, hasCode }: Written): Text {
  const next =
    to === "sam"
      ? text`next  ${command`cd ${into}`} && ${hasCode ? "sam build && " : ""}sam deploy`
      : text`next  ${command`kubectl apply --filename ${into}/rbac.yaml`}`;
  const mapping = changes.some(({ path, action }) => path === "aws-auth.txt" && action !== "delete")
    ? [text`then  ${into}/aws-auth.txt says how to map the role`]
    : [];
  return lines([into, ...changes.map(({ path, action }) => text`  ${signs[action]} ${path}`), next, ...mapping]);
}
