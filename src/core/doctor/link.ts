/** The chain from a caller's credentials to the function's rights: each link is proven by the least call that proves it. */
import { EksLambdaError } from "../errors.ts";
import type { Facts } from "./facts.ts";

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
