/**
 * The chain from the caller's credentials to the function's rights. Each link is proven by the smallest call that can.
 */
import { EksLambdaError } from "../errors.ts";
import type { Facts } from "./facts.ts";

export interface Link {
  readonly id: string;
  /** Links that must be ok before this one is checked. */
  readonly after: readonly string[];
  /** Returns what it found. Throws the problem with its fix, or `Unproven`. */
  prove(facts: Facts): Promise<string>;
}

export interface Finding {
  readonly link: string;
  readonly status: "ok" | "broken" | "not reached";
  readonly message: string;
  readonly code?: string | undefined;
  readonly hint?: string | undefined;
}

/** The caller has no permission to check a link, so its state is unknown. */
export class Unproven extends Error {}

/** Turns `Forbidden` into `Unproven`: a link that the caller may not check is not broken. */
export async function looking<T>(look: Promise<T>): Promise<T> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof EksLambdaError && error.code === "Forbidden")
      throw new Unproven(`no permission to check: ${error.message}`);
    throw error;
  }
}

/** Proves independent links in parallel. Links after a broken one are not reached. */
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
