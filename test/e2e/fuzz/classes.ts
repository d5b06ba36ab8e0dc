/** How the sandbox differs from the API server, by class. A difference of no class fails the fuzz. */
import type { Compared } from "./run.ts";

export interface DifferenceClass {
  readonly name: string;
  readonly reason: string;
  readonly has: (compared: Compared) => boolean;
}

/** The first that has a difference counts it. */
export const classes: readonly DifferenceClass[] = [
  { name: "refused here alone", reason: "a mistake of the sandbox", has: ({ outcome }) => outcome === "refused here" },
  {
    name: "decoding",
    reason: "the sandbox does not decode into Go's types: values of another type, null, unknown and duplicate fields",
    has: ({ outcome, real }) => outcome === "accepted here" && real.status === 400,
  },
  {
    name: "rules",
    reason: "a rule of the API server's validation that the sandbox does not have",
    has: ({ outcome, real }) => outcome === "accepted here" && real.status === 422,
  },
  {
    name: "other refusals to accept",
    reason: "the API server forbids it, or fails",
    has: ({ outcome }) => outcome === "accepted here",
  },
  {
    name: "another refusal",
    reason: "both refuse, with another status or reason, or with other fields among the causes",
    has: ({ outcome }) => outcome === "other refusal",
  },
  {
    name: "another object",
    reason: "a default, or a value in the form in which Go writes it",
    has: ({ outcome }) => outcome === "other object",
  },
  {
    name: "other managed fields",
    reason: "the sandbox tells maps, structs and atomic fields apart by their names, not by the schema",
    has: ({ outcome }) => outcome === "other managers",
  },
];
