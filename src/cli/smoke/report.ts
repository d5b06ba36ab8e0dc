/** The report of a smoke test: data without account, cluster, addresses and names, which anyone may see. */
import { homedir, hostname, tmpdir, userInfo } from "node:os";
import { EksLambdaError } from "../../core/errors.ts";
import { partitionOf } from "../../core/partition.ts";
import { shownEvents } from "../../core/smoke/recorded.ts";
import { redacted } from "../../core/smoke/redact.ts";
import type { Opened, SmokeTest } from "./test.ts";
import type { Walked } from "./walk.ts";

/** Of the format. A number more means that a reader of the one before can be wrong. */
const version = 1;

export interface Reported {
  readonly opened: Opened;
  readonly kubernetes: string;
  readonly tests: readonly Pick<SmokeTest, "names">[];
  readonly walked: readonly Walked[];
  readonly startedAt: number;
  /** What else must not be seen: names that the person gave. */
  readonly private: readonly (string | undefined)[];
}

export function reportOf({ opened, kubernetes, tests, walked, startedAt, ...more }: Reported) {
  const { cluster, region, methods, isInVpc } = opened;
  const known = [...knownIn(opened), ...tests.map(({ names }) => names.id), ...more.private];
  const { network, authenticationMode } = cluster;
  return {
    version,
    date: new Date(startedAt).toISOString().slice(0, 10),
    eksLambda: VERSION,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    kubernetes: /^v\d+\.\d+\.\d+(-eks-[0-9a-f]+)?/.exec(kubernetes)?.[0] ?? null,
    partition: partitionOf(region),
    region: /^[a-z]{2,}(-[a-z]+)+-\d+$/.exec(region)?.[0] ?? null,
    authenticationMode: /^[A-Z_]+$/.exec(authenticationMode)?.[0] ?? null,
    mappings: methods,
    endpoint: { public: network.public, private: network.private, forAll: network.publicCidrs.includes("0.0.0.0/0") },
    inVpc: isInVpc,
    ok: walked.every(({ error }) => error === undefined),
    steps: walked.map(({ name: step, ms, error, events }) => ({
      step,
      ok: error === undefined,
      seconds: Math.round(ms / 100) / 10,
      ...(error !== undefined && failureOf(error, known)),
      ...(events && { events: shownEvents(events, known) }),
    })),
  };
}

function failureOf(error: unknown, known: readonly (string | undefined)[]) {
  const { message, name } = error instanceof Error ? error : new Error(String(error));
  const code = error instanceof EksLambdaError ? error.code : name;
  return { code: /^[A-Za-z]{1,60}$/.test(code) ? code : "Error", message: redacted(message, known) };
}

function knownIn({ cluster, caller, isInVpc: _ }: Opened): readonly (string | undefined)[] {
  const { vpcId, subnetIds, securityGroupId } = cluster.network;
  return [
    ...[cluster.name, cluster.ca, cluster.endpoint, new URL(cluster.endpoint).hostname],
    ...[caller.account, caller.arn, ...caller.arn.split(/[:/]/).slice(6)],
    ...[vpcId, securityGroupId, ...subnetIds],
    ...[homedir(), tmpdir(), process.cwd(), hostname(), userInfo().username],
  ];
}
