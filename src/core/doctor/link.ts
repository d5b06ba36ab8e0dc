/** The chain from a caller's credentials to the function's rights: each link is proven by the least call that proves it. */
import type { Eks } from "../aws/eks.ts";
import type { Iam } from "../aws/iam.ts";
import type { Lambda } from "../aws/lambda.ts";
import type { Sts } from "../aws/sts.ts";
import { EksLambdaError } from "../errors.ts";
import type { Environment } from "../kube/cluster.ts";
import type { Kube } from "../kube/request.ts";
import type { ReadCluster, Target } from "../setup/target.ts";
import type { Probe } from "./probe.ts";

/** What links look at, each read once, when the first link wants it. */
export interface Facts {
  readonly region: string;
  readonly sts: Sts;
  readonly eks: Eks;
  readonly iam: Iam;
  readonly lambda: Lambda;
  readonly cluster: () => Promise<ReadCluster>;
  readonly target: () => Promise<Target>;
  readonly kube: () => Promise<Kube>;
  readonly probe: () => Promise<Probe>;
  /** The role whose case is examined: the function's, or that of `--role`. */
  readonly roleArn: () => Promise<string>;
  /** The user that setup maps the role to; `undefined`: another role, which may be anybody. */
  readonly expectedUser: () => Promise<string | undefined>;
  /** Where the role's rights are looked at. */
  readonly namespace: () => Promise<string>;
  readonly identity: () => Promise<Identity>;
  readonly environment: Environment;
  readonly now: () => number;
}

/** Who the role is to the cluster. */
export interface Identity {
  readonly username: string;
  readonly groups: readonly string[];
  /** What maps the role: `entry 2 of aws-auth`. */
  readonly by: string;
}

export interface Link {
  readonly id: string;
  /** Links that must hold before this one means anything. */
  readonly after: readonly string[];
  /** Says what was found; throws what is broken, with what mends it, or `Unproven`. */
  prove(facts: Facts): Promise<string>;
}

export interface Finding {
  readonly link: string;
  readonly status: "ok" | "broken" | "not reached";
  readonly message: string;
  readonly code?: string | undefined;
  readonly hint?: string | undefined;
}

/** The caller may not look at this link, which says nothing of whether it holds. */
export class Unproven extends Error {}

/** Runs a look of a link; where the cluster forbids the caller to look, the link is unproven, not broken. */
export async function looking<T>(look: Promise<T>): Promise<T> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof EksLambdaError && error.code === "Forbidden")
      throw new Unproven(`you may not look: ${error.message}`);
    throw error;
  }
}

/** Links that do not rest on each other are proven side by side; what rests on a broken one is not reached. */
export function walk(links: readonly Link[], facts: Facts): Promise<readonly Finding[]> {
  const findings = new Map<string, Promise<Finding>>();
  for (const link of links) findings.set(link.id, reach(link, facts, findings));
  return Promise.all(findings.values());
}

async function reach(link: Link, facts: Facts, findings: ReadonlyMap<string, Promise<Finding>>): Promise<Finding> {
  const before = await Promise.all(link.after.map((id) => findings.get(id)));
  const missing = before.find((finding) => finding?.status !== "ok");
  if (missing) return { link: link.id, status: "not reached", message: `needs ${missing.link}` };
  try {
    return { link: link.id, status: "ok", message: await link.prove(facts) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error instanceof Unproven) return { link: link.id, status: "not reached", message: error.message };
    const { code = error.name, hint = undefined } = error instanceof EksLambdaError ? error : {};
    return { link: link.id, status: "broken", message: error.message, code, hint };
  }
}

/** Reads once, however many ask. */
export function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
}
