/**
 * The chain from the caller's credentials to the function's rights. Each link is proven by the smallest call that can.
 */
import type { Hint } from "../command.ts";
import { EksLambdaError, hasCode } from "../errors.ts";
import { adviceOf } from "../function-hints.ts";
import type { Facts } from "./facts.ts";

export interface Link {
  readonly id: string;
  /** Links that must be ok before this one is checked. */
  readonly after: readonly string[];
  /** Returns what it found. Throws the problem with its fix, or `Unproven`. */
  prove(facts: Facts): Promise<string | Found>;
}

export interface Found {
  readonly message: string;
  /** `create deployments.apps @default` */
  readonly rights?: readonly string[];
  /** What breaks no link, and should be put right. */
  readonly warnings?: readonly string[];
}

export interface Finding {
  readonly link: string;
  readonly status: "ok" | "broken" | "not reached";
  readonly message: string;
  readonly rights?: readonly string[];
  readonly warnings?: readonly string[];
  readonly code?: string | undefined;
  readonly hint?: Hint | undefined;
}

/** The caller has no permission to check a link, so its state is unknown. */
export class Unproven extends Error {}

/** Turns `Forbidden` into `Unproven`: a link that the caller may not check is not broken. */
export async function looking<T>(look: Promise<T>): Promise<T> {
  try {
    return await look;
  } catch (error) {
    if (hasCode(error, "Forbidden")) throw new Unproven(`no permission to check: ${error.message}`);
    throw error;
  }
}

/**
 * Proves independent links in parallel. Links after a broken one are not reached. `found` gets each finding as soon as
 * it and those before it are known, and is awaited.
 */
export async function walk(
  links: readonly Link[],
  facts: Facts,
  found: (finding: Finding) => Promise<void> | void = () => {},
): Promise<readonly Finding[]> {
  const reached = new Map<string, Promise<Finding>>();
  for (const link of links) reached.set(link.id, reach(link, facts, reached));
  const findings: Finding[] = [];
  for (const finding of reached.values()) {
    const one = withoutRepetition(await finding, findings);
    findings.push(one);
    await found(one);
  }
  return findings;
}

/** Links that are proven side by side can meet the same problem. */
function withoutRepetition(finding: Finding, earlier: readonly Finding[]): Finding {
  const { link, status, code, message } = finding;
  const same = earlier.find((one) => one.status === "broken" && one.code === code && one.message === message);
  return status === "broken" && same
    ? { link, status: "not reached", message: `same problem as ${same.link}` }
    : finding;
}

async function reach(link: Link, facts: Facts, findings: ReadonlyMap<string, Promise<Finding>>): Promise<Finding> {
  const before = await Promise.all(link.after.map((id) => findings.get(id)));
  const missing = before.find((finding) => finding?.status !== "ok");
  if (missing) return { link: link.id, status: "not reached", message: `needs ${missing.link}` };
  try {
    const found = await link.prove(facts);
    return { link: link.id, status: "ok", ...(typeof found === "string" ? { message: found } : found) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (error instanceof Unproven) return { link: link.id, status: "not reached", message };
    if (!(error instanceof EksLambdaError)) return { link: link.id, status: "broken", message, code: name };
    return { link: link.id, status: "broken", message, code: error.code, hint: adviceOf(error) };
  }
}
