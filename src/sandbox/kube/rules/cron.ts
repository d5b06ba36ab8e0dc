/** Schedules of CronJobs. Source: github.com/robfig/cron/v3, parser.go */
import { wrong } from "../status.ts";
import type { Fields, Rule } from "./field.ts";

/** Returns the problem in the words of the parser. */
type Parse<T> = (text: string) => T;
class Malformed extends Error {}

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const days = "sun mon tue wed thu fri sat".split(" ");
interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}
const fields: readonly Bounds[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12, names: months },
  { least: 0, most: 6, names: days },
];
const descriptors = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/;

const integer: Parse<number> = (text) => {
  const why = `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  if (!/^[+-]?\d+$/.test(text)) throw new Malformed(why);
  if (Number(text) < 0) throw new Malformed(`negative number (${text}) not allowed: ${text}`);
  return Number(text);
};

function checkRange(text: string, { least, most, names = [] }: Bounds): void {
  const [range = "", ...steps] = text.split("/");
  const [low = "", ...highs] = range.split("-");
  const named = (one: string): number => {
    const at = names.indexOf(one.toLowerCase());
    return at < 0 ? integer(one) : at + least;
  };
  const isAll = low === "*" || low === "?";
  const start = isAll ? least : named(low);
  if (!isAll && highs.length > 1) throw new Malformed(`too many hyphens: ${text}`);
  const single = isAll ? most : start;
  const stop = !isAll && highs[0] !== undefined ? named(highs[0]) : single;
  if (steps.length > 1) throw new Malformed(`too many slashes: ${text}`);
  const step = steps[0] === undefined ? 1 : integer(steps[0]);
  const end = steps.length === 1 && !isAll && highs.length === 0 ? most : stop;
  if (start < least) throw new Malformed(`beginning of range (${start}) below minimum (${least}): ${text}`);
  if (end > most) throw new Malformed(`end of range (${end}) above maximum (${most}): ${text}`);
  if (start > end) throw new Malformed(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new Malformed(`step of range should be a positive number: ${text}`);
}

function check(schedule: string): void {
  if (schedule.startsWith("@")) {
    const every = /^@every (.*)$/s.exec(schedule)?.[1];
    if (every !== undefined && !/^[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/.test(every))
      throw new Malformed(`failed to parse duration ${schedule}: time: invalid duration ${JSON.stringify(every)}`);
    if (every === undefined && !descriptors.test(schedule)) throw new Malformed(`unrecognized descriptor: ${schedule}`);
    return;
  }
  const given = schedule.split(/\s+/).filter(Boolean);
  if (given.length !== fields.length)
    throw new Malformed(`expected exactly 5 fields, found ${given.length}: [${given.join(" ")}]`);
  for (const [index, bounds] of fields.entries())
    for (const range of (given[index] ?? "").split(",").filter(Boolean)) checkRange(range, bounds);
}

const schedule: Rule = (value) => {
  if (!value) return "Required value";
  if (`${value}`.includes("TZ"))
    return wrong(value, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
  try {
    check(`${value}`);
    return undefined;
  } catch (error) {
    if (error instanceof Malformed) return wrong(value, error.message);
    throw error;
  }
};

/** Names are told apart by case, which `Intl` does not do. */
function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return /^[A-Z]/.test(name) && !/^[+-]/.test(name);
  } catch {
    return false;
  }
}

const explicit = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
const timeZone: Rule = (value) => {
  if (value === undefined || value === null) return undefined;
  if (value === "") return wrong(value, "timeZone must be nil or non-empty string");
  const isLocal = `${value}`.toLowerCase() === "local";
  return [
    isLocal && wrong(value, explicit),
    value !== "Local" && !isTimeZone(`${value}`) && wrong(value, `unknown time zone ${value}`),
  ];
};

export const cron: Fields = { "spec.schedule": schedule, "spec.timeZone": timeZone };
