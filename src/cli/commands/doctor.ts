/** `eks-lambda doctor`: why it does not work. */
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { cloudformation } from "../../core/aws/cloudformation.ts";
import { iam } from "../../core/aws/iam.ts";
import { lambda } from "../../core/aws/lambda.ts";
import { links } from "../../core/checks/index.ts";
import { type Facts, once, walk } from "../../core/checks/link.ts";
import { readIdentity } from "../../core/checks/mapping.ts";
import { decodeToken } from "../../core/checks/pasted-token.ts";
import { probeServer } from "../../core/checks/probe.ts";
import { configOf } from "../../core/setup/config.ts";
import { callerConnection, callerKube } from "../../core/setup/connection.ts";
import { readTarget } from "../../core/setup/target.ts";
import { type ContextFlags, clock, contextChoice } from "../context.ts";
import { renderFindings, renderToken } from "../render/findings.ts";
import { clusterName, openSession, type Session } from "../session.ts";

interface DoctorFlags extends ContextFlags {
  readonly role?: string;
  readonly token?: string;
}

export async function doctor(flags: DoctorFlags): Promise<void> {
  if (flags.token !== undefined) return examineToken(flags.token, flags);
  const session = await openSession(flags);
  // Another role has no function of ours.
  const walked = flags.role === undefined ? links : links.filter(({ id }) => id !== "function" && id !== "view");
  const findings = await walk(walked, factsOf(session, flags));
  const broken = findings.some(({ status }) => status === "broken");
  process.stdout.write(flags.json ? `${JSON.stringify({ ok: !broken, findings })}\n` : `${renderFindings(findings)}\n`);
  if (broken) process.exitCode = 1;
}

function factsOf(session: Session, flags: DoctorFlags): Facts {
  const { sts, eks, region, aws } = session;
  const ports = { sts, eks, cloudformation: cloudformation(aws), clock };
  const name = once(() => clusterName(session, flags.cluster));
  const target = once(async () => readTarget(ports, configOf(flags), await name(), region, "absent"));
  const facts: Facts = {
    ...{ region, sts, eks, iam: iam(aws), lambda: lambda(aws), target, clusterName: name },
    kube: once(async () => {
      const { cluster, caller } = await target();
      return callerKube(await callerConnection(sts, cluster, region, contextChoice(flags)), caller.arn);
    }),
    probe: once(async () => {
      const { cluster } = await target();
      return probeServer(cluster.endpoint, cluster.ca);
    }),
    roleArn: async () => flags.role ?? (await target()).roleArn,
    identity: once(() => readIdentity(facts)),
    now: Date.now,
  };
  return facts;
}

/** `-` for standard input or `@file`: a token on the command line would stand in the shell's history. */
async function examineToken(source: string, { json }: DoctorFlags): Promise<void> {
  const token =
    source === "-"
      ? await text(process.stdin)
      : source.startsWith("@")
        ? await readFile(source.slice(1), "utf8")
        : source;
  const decoded = decodeToken(token, new Date());
  process.stdout.write(json ? `${JSON.stringify(decoded)}\n` : `${renderToken(decoded)}\n`);
}
