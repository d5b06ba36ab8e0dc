/** `eks-lambda doctor`: why it does not work. */
import { cloudformation } from "../../core/aws/cloudformation.ts";
import { iam } from "../../core/aws/iam.ts";
import { lambda } from "../../core/aws/lambda.ts";
import { callerConnection, callerKube } from "../../core/connection/caller.ts";
import { links } from "../../core/doctor/index.ts";
import { type Facts, once, walk } from "../../core/doctor/link.ts";
import { readIdentity } from "../../core/doctor/mapping.ts";
import { decodeToken } from "../../core/doctor/pasted-token.ts";
import { probeServer } from "../../core/doctor/probe.ts";
import { usageError } from "../../core/errors.ts";
import { type Config, configOf } from "../../core/setup/config.ts";
import { readCluster, readTarget } from "../../core/setup/target.ts";
import { type ContextFlags, clock, contextChoice } from "../context.ts";
import { readInput } from "../input.ts";
import { renderFindings, renderToken } from "../render/findings.ts";
import { tellingOnce } from "../render/status.ts";
import { clusterName, openSession, type Session } from "../session.ts";

interface DoctorFlags extends ContextFlags {
  readonly role?: string;
  readonly token?: string;
}

export async function doctor(flags: DoctorFlags): Promise<void> {
  if (flags.token !== undefined) return examineToken(flags.token, flags);
  if (flags.role !== undefined) refuseNoRole(flags.role);
  const config = configOf(flags);
  const session = await openSession(flags);
  const walked = flags.role === undefined ? links : links.filter(({ id }) => !ours.has(id));
  const findings = await walk(walked, factsOf(session, flags, config));
  const broken = findings.some(({ status }) => status === "broken");
  process.stdout.write(flags.json ? `${JSON.stringify({ ok: !broken, findings })}\n` : `${renderFindings(findings)}\n`);
  if (broken) process.exitCode = 1;
}

/** Links that another role does not have. */
const ours: ReadonlySet<string> = new Set(["stack", "function", "view"]);

function factsOf(session: Session, flags: DoctorFlags, config: Config): Facts {
  const { region, aws } = session;
  const { role } = flags;
  const name = once(() => clusterName(session, flags.cluster));
  // Several links look at the caller and at the cluster, of which there is one each.
  const sts = { ...session.sts, identity: once(session.sts.identity) };
  const eks = { ...session.eks, cluster: once(async () => session.eks.cluster(await name())) };
  const ports = { sts, eks, cloudformation: cloudformation(aws), clock, waiting: tellingOnce() };
  const cluster = once(async () => readCluster(eks, await name(), region));
  const target = once(async () => readTarget(ports, config, await name(), region, "absent"));
  const facts: Facts = {
    ...{ region, sts, eks, iam: iam(aws), lambda: lambda(aws), cluster, target, environment: process.env },
    kube: once(async () => {
      const connection = await callerConnection(sts, await cluster(), region, contextChoice(flags));
      return callerKube(connection, (await sts.identity()).arn);
    }),
    probe: once(async () => {
      const { endpoint, ca } = await cluster();
      return probeServer(endpoint, ca);
    }),
    roleArn: async () => role ?? (await target()).roleArn,
    expectedUser: async () => (role === undefined ? (await target()).username : undefined),
    namespace: async () => flags.namespace ?? (role === undefined ? (await target()).cluster.namespace : "default"),
    identity: once(() => readIdentity(facts)),
    now: Date.now,
  };
  return facts;
}

function refuseNoRole(role: string): void {
  if (/^arn:[^:]+:(iam|sts)::\d{12}:(role|assumed-role)\/.+$/.test(role)) return;
  throw usageError("InvalidFlag", `--role is "${role}"; it must be the ARN of a role, arn:aws:iam::…:role/…`);
}

/** `-` for standard input or `@file`: a token on the command line would stand in the shell's history. */
async function examineToken(source: string, { json }: DoctorFlags): Promise<void> {
  const decoded = decodeToken(await readToken(source), new Date());
  process.stdout.write(json ? `${JSON.stringify(decoded)}\n` : `${renderToken(decoded)}\n`);
}

async function readToken(source: string): Promise<string> {
  const token = await readInput(source, "InvalidFlag", "the token");
  if (token !== undefined) return token;
  throw usageError(
    "InvalidFlag",
    "--token takes - for standard input or @file: a token on the command line stands in the shell's history",
    "eks-lambda token | eks-lambda doctor --token -",
  );
}
