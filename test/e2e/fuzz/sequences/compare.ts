/** Where two API servers first differ in a sequence. */
import type { Answered } from "../sandbox.ts";
import type { Event, Trace } from "./play.ts";

type Json = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

export const aspects = ["status", "causes", "object", "managers", "events"] as const;
export type Aspect = (typeof aspects)[number];

export interface Difference {
  readonly aspect: Aspect;
  /** Of the step; the number of steps for events. */
  readonly at: number;
  readonly real: unknown;
  readonly sandbox: unknown;
  /** Of refusals: to read, not compared. */
  readonly messages: readonly string[];
}

export function firstDifference(real: Trace, sandbox: Trace, prefix: string): Difference | undefined {
  const [one, other] = [comparable(real, prefix), comparable(sandbox, prefix)];
  for (const [at, step] of one.steps.entries()) {
    // The API server panicked: it is no model.
    if (real.steps[at]?.answers.some(({ body }) => body === "the API server panicked")) return undefined;
    for (const aspect of aspects) {
      const [left, right] = [step[aspect], other.steps[at]?.[aspect]];
      if (JSON.stringify(left) !== JSON.stringify(right)) {
        const messages = [real, sandbox].flatMap(({ steps }) => messagesOf(steps[at]?.answers ?? []));
        return { aspect, at, real: left, sandbox: right, messages };
      }
    }
  }
  if (JSON.stringify(one.events) === JSON.stringify(other.events)) return undefined;
  return { aspect: "events", at: real.steps.length, real: one.events, sandbox: other.events, messages: [] };
}

const messagesOf = (answers: readonly Answered[]): readonly string[] =>
  answers.map(({ status, body }) => (status < 400 ? "" : isMap(body) ? `${body.message}` : `${body}`));

type Compared = Readonly<Record<Aspect, unknown>>;

function comparable(trace: Trace, prefix: string): { readonly steps: readonly Compared[]; readonly events: unknown } {
  const shown = {
    steps: trace.steps.map(({ answers, stored }) => ({ answers, stored })),
    events: trace.events,
    selected: trace.selected,
  };
  const { steps, events, selected } = plain(shown, prefix) as typeof shown;
  return {
    steps: steps.map(({ answers, stored }) => ({
      status: answers.map(({ status, body }) => [status, status >= 400 && isMap(body) ? body.reason : ""]),
      causes: answers.map(causesOf),
      object: withoutManagers([answers.map(({ status, body }) => (status < 400 ? body : "")), stored]),
      managers: managersIn([answers.map(({ status, body }) => (status < 400 ? body : "")), stored]),
      events: "",
    })),
    events: [events.map(unmanaged), selected.map(unmanaged)],
  };
}

const unmanaged = ({ type, object }: Event): unknown => ({ type, object });

function causesOf({ status, body }: Answered): unknown {
  const details = status >= 400 && isMap(body) && isMap(body.details) ? body.details : {};
  const causes = Array.isArray(details.causes) ? details.causes : [];
  return [...new Set(causes.map((cause) => `${(cause as Json).field ?? ""}`))].sort();
}

/** A copy without managed fields, and what they are. */
function withoutManagers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutManagers);
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([key]) => key !== "managedFields");
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutManagers(inner)]));
}
function managersIn(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(managersIn);
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === "managedFields" ? [inner] : managersIn(inner)));
}

/** What chance, a counter or a clock writes, by the order in which it appears, and fields in order. */
function plain(trace: object, prefix: string): unknown {
  const versions = [...new Set(versionsIn(trace))].sort((one, other) => one - other);
  const shown = ordered(trace, (version) => `${versions.filter((one) => one <= Number(version)).length}`);
  const nth = (kind: string) => {
    const places = new Map<string, string>();
    return (found: string): string => {
      const place = places.get(found) ?? `${kind}${places.size}`;
      places.set(found, place);
      return place;
    };
  };
  const port = nth("PORT");
  const text = JSON.stringify(shown)
    .replaceAll(prefix, "PREFIX")
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, nth("UUID"))
    .replace(/10\.96\.\d+\.\d+/g, nth("IP"))
    .replace(/(?<=kube-api-access-)\w{5}/g, nth("NAME"))
    .replace(/(?<="(?:nodePort|healthCheckNodePort)":)3\d{4}/g, (found) => JSON.stringify(port(found)))
    .replace(/(?<=:)3\d{4}(?=\/)/g, port);
  return JSON.parse(text);
}

/** Of objects: lists have those of other sequences. */
function versionsIn(value: unknown): readonly number[] {
  if (Array.isArray(value)) return value.flatMap(versionsIn);
  if (!isMap(value)) return [];
  const { metadata } = value;
  const own = isMap(metadata) && metadata.uid !== undefined ? [Number(metadata.resourceVersion)] : [];
  return [...own, ...Object.values(value).flatMap(versionsIn)];
}

const times = /^(lastPhaseTransitionTime|creationTimestamp|deletionTimestamp|time)$/;
const age = /^(\d+[smhd])+$|^20\d\d-\d\d-\d\dT/;

function ordered(value: unknown, rank: (version: unknown) => string): unknown {
  if (Array.isArray(value)) return value.map((one) => ordered(one, rank));
  if (!isMap(value)) return value;
  const shown = Object.entries(value).flatMap(([key, inner]): (readonly [string, unknown])[] => {
    if (key === "resourceVersion" && typeof inner === "string") return [[key, rank(inner)]];
    if (times.test(key) && typeof inner === "string") return [[key, "TIME"]];
    if (key === "continue" && inner) return [[key, "MORE"]];
    if (key === "columnDefinitions") return [];
    if (key === "cells") return [[key, (inner as unknown[]).map((one) => (age.test(`${one}`) ? "AGE" : `${one}`))]];
    // The delete of a namespace writes them in no order.
    if (key === "finalizers" && Array.isArray(inner)) return [[key, inner.toSorted()]];
    if (key === "managedFields") return [[key, sortedEntries(ordered(inner, rank))]];
    return [[key, ordered(inner, rank)]];
  });
  return Object.fromEntries(shown.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** They are sorted by their times. */
const sortedEntries = (entries: unknown): unknown =>
  Array.isArray(entries)
    ? entries
        .map((one) => [JSON.stringify(one), one] as const)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([, one]) => one)
    : entries;
