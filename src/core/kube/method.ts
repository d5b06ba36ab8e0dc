/** A method of a handle: all rights that it needs, and what it does on a resource. */
import type { Right } from "./client.ts";
import type { Target } from "./place.ts";

export interface Method {
  readonly rights: readonly Right[];
  on(target: Target): unknown;
}
