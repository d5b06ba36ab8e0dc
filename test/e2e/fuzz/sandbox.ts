/** The sandbox's API server in this process, with a clock of the test's own. */
import type { Readable } from "node:stream";
import type { Clock } from "../../../src/sandbox/clock.ts";
import { kube } from "../../../src/sandbox/kube/api.ts";
import { newWorld } from "../../../src/sandbox/state.ts";
import type { FuzzCase } from "./cases.ts";

export interface Answered {
  readonly status: number;
  readonly body: unknown;
}
export interface Asked extends Pick<FuzzCase, "method" | "path" | "body" | "contentType"> {
  readonly headers?: Readonly<Record<string, string>>;
}

/** Time passes in `settle` alone. */
export interface ManualClock extends Clock {
  /** Runs the timers that are due within the time. Returns how many ran, at most `most`. */
  settle(ms: number, most: number): number;
}

export function manualClock(): ManualClock {
  let now = Date.parse("2026-01-01T00:00:00Z");
  const timers = new Set<{ readonly due: number; readonly run: () => void }>();
  return {
    now: () => now,
    sleep: async () => undefined,
    after(ms, run) {
      const timer = { due: now + Math.max(ms, 0), run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    settle(ms, most) {
      const end = now + ms;
      for (let count = 0; count < most; count++) {
        let next: { readonly due: number; readonly run: () => void } | undefined;
        for (const timer of timers) if (timer.due <= end && (!next || timer.due < next.due)) next = timer;
        if (!next) {
          now = end;
          return count;
        }
        timers.delete(next);
        now = Math.max(now, next.due);
        next.run();
      }
      return most;
    },
  };
}

export function sandboxApi(clock: Clock) {
  const world = newWorld({ clusterName: "demo", region: "us-east-1", faults: {}, clock, runtime: undefined });
  const authorization = `Bearer ${world.adminToken}`;
  const run = ({ method, path: url, body, contentType, headers: more }: Asked, accept: string) => {
    const [path = "", query = ""] = url.split("?");
    const headers = { authorization, accept, ...(body && { "content-type": contentType }), ...more };
    return kube.parse(world, { method, path, query: new URLSearchParams(query), headers, body }).run();
  };
  return {
    store: world.state.store,
    async watch(path: string, accept: string): Promise<Readable> {
      const { status, body } = await run({ method: "GET", path, body: "", contentType: "" }, accept);
      if (typeof body === "string") throw new Error(`${path}: ${status} ${body}`);
      return body;
    },
    async ask(asked: Asked, accept = "application/json"): Promise<Answered> {
      const answer = await run(asked, accept);
      const text = typeof answer.body === "string" ? answer.body : "";
      return { status: answer.status, body: text.startsWith("{") ? JSON.parse(text) : text };
    },
  };
}
