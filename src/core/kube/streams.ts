/** The methods that read pages, watches and logs. Apart from the others, so that a function without them stays small. */
import type { LogOptions } from "./client.ts";
import { linesOf, many } from "./lines.ts";
import { type ListOptions, pagesOf } from "./list.ts";
import type { Method } from "./method.ts";
import { type Named, objectPath, type Target } from "./place.ts";
import { until as untilMet, untilGone as untilNotThere } from "./until.ts";
import { watch as watchAll } from "./watch.ts";

export const list = {
  rights: ["list"],
  on:
    (target: Target) =>
    ({ limit = Number.POSITIVE_INFINITY, pageSize = 500, ...selection }: ListOptions = {}) =>
      many(async function* () {
        let left = limit;
        if (left < 1) return;
        for await (const { items } of pagesOf(target, { ...selection, pageSize: Math.min(limit, pageSize) })) {
          yield* items.slice(0, left);
          left -= items.length;
          if (left < 1) return;
        }
      }),
} as const satisfies Method;

export const watch = { rights: ["list", "watch"], on: watchAll } as const satisfies Method;
export const until = { rights: ["list", "watch"], on: untilMet } as const satisfies Method;
export const untilGone = { rights: ["list", "watch"], on: untilNotThere } as const satisfies Method;

export const logs = {
  rights: ["log"],
  on:
    (target: Target) =>
    (at: Named, { signal, ...query }: LogOptions = {}) =>
      many(async function* () {
        const path = objectPath(target, at, "/log");
        yield* linesOf(await target.kube.request({ path, query: { ...query }, as: "stream", signal }));
      }),
} as const satisfies Method;
