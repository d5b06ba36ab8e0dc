/** What is compared of two answers: status, reason, the fields of the causes, and the object less what clocks write. */
import type { Answered } from "./sandbox.ts";

type Json = Readonly<Record<string, unknown>>;

export interface Comparable {
  readonly status: number;
  readonly reason: string;
  /** Of each cause: its field. */
  readonly fields: string;
  readonly message: string;
  /** Normalised, without its managers; undefined for a refusal. */
  readonly object: unknown;
  /** `managedFields`, normalised. */
  readonly managers: unknown;
}

const isMap = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

export function comparable({ status, body }: Answered): Comparable {
  const { reason = "", message = "", details } = isMap(body) ? body : {};
  const causes = isMap(details) && Array.isArray(details.causes) ? details.causes : [];
  const fields = causes.map((cause) => (isMap(cause) ? `${cause.field ?? ""}` : ""));
  const isRefused = status >= 400;
  const object = isRefused ? undefined : normalised(body);
  return {
    status,
    reason: isRefused ? `${reason}` : "",
    fields: isRefused ? [...new Set(fields)].sort().join(", ") : "",
    message: isRefused ? (typeof body === "string" ? body.trim() : `${message}`) : "",
    object: withoutManagers(object),
    managers: isMap(object) && isMap(object.metadata) ? object.metadata.managedFields : undefined,
  };
}

function withoutManagers(object: unknown): unknown {
  if (!isMap(object) || !isMap(object.metadata)) return object;
  const { managedFields, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Replaces ids, drawn names and addresses, and sorts keys. */
function normalised(body: unknown): unknown {
  const uid = isMap(body) && isMap(body.metadata) ? `${body.metadata.uid ?? ""}` : "";
  const text = JSON.stringify(body).replaceAll(uid || "\0", "UID");
  const drawnNames = text.replace(/"kube-api-access-\w{5}"/g, '"kube-api-access"');
  // Of a LimitRange without one.
  return sorted(
    JSON.parse(drawnNames.replace(/"name":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"/g, '"name":"UUID"')),
    [],
  );
}

/** Fields that a clock, a counter or chance writes. */
const drawn =
  /^(metadata\.(uid|resourceVersion|creationTimestamp)|metadata\.managedFields\.\d+\.time|status\.(lastPhaseTransitionTime|conditions\.\d+\.lastTransitionTime)|spec\.clusterIPs?|spec\.healthCheckNodePort|spec\.ports\.\d+\.nodePort)$/;

function sorted(value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((one, index) => sorted(one, [...path, `${index}`]));
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !drawn.test([...path, key].join(".")));
  return Object.fromEntries(
    kept.sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, one]) => [key, sorted(one, [...path, key])]),
  );
}

/** The paths at which two values differ, at most some. */
export function differencesOf(one: unknown, other: unknown, path = ""): readonly string[] {
  if (JSON.stringify(one) === JSON.stringify(other)) return [];
  const inner = (value: unknown): Json | undefined =>
    Array.isArray(value) || isMap(value) ? (value as Json) : undefined;
  const [left, right] = [inner(one), inner(other)];
  if (!left || !right || Array.isArray(one) !== Array.isArray(other))
    return [`${path}: ${short(one)} ≠ ${short(other)}`];
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return keys.flatMap((key) => differencesOf(left[key], right[key], `${path}.${key}`));
}
const short = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 120);
