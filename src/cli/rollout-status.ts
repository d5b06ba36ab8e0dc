/** What the action `status` returns, and waiting until a rollout or a Job has ended. */

import { described, type Problem } from "../core/actions/explain/problems.ts";
import type { Clock } from "../core/clock.ts";
import { advice, command, option } from "../core/command.ts";
import { EksLambdaError, hasCode } from "../core/errors.ts";

export interface PodStatus {
  readonly name: string;
  readonly phase?: string;
  readonly ready: boolean;
  /** Time of creation, `2026-01-31T12:00:00Z`. */
  readonly since?: string;
}

export interface RecentEvent {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly time?: string;
  /** `Pod web-1`. */
  readonly about?: string;
}

export interface RolloutStatus {
  readonly action: "status";
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** `undefined` for kinds without rollouts. */
  readonly state?: "complete" | "progressing" | "failed";
  /** What the rollout still needs, or why it failed. */
  readonly message?: string;
  /** Numbers in the object's status, such as `readyReplicas`. */
  readonly replicas: Readonly<Record<string, number>>;
  readonly pods: readonly PodStatus[];
  readonly problems: readonly Problem[];
  /** Oldest first. */
  readonly events: readonly RecentEvent[];
}

/** The types of the fields that may be there. */
const shapes = {
  pods: { name: "string", phase: "string", ready: "boolean", since: "string" },
  problems: {
    reason: "string",
    message: "string",
    pod: "string",
    pods: "number",
    container: "string",
    image: "string",
    exitCode: "number",
    lines: "object",
  },
  events: { type: "string", reason: "string", message: "string", count: "number", time: "string", about: "string" },
  status: { kind: "string", namespace: "string", name: "string", message: "string", replicas: "object" },
} as const;

const fits = (value: unknown, shape: Readonly<Record<string, string>>): boolean =>
  Object.entries(Object(value)).every(([key, of]) => !Object.hasOwn(shape, key) || typeof of === shape[key]);

/** `undefined` for any other answer: a function may return anything. */
export function statusOf(result: unknown): RolloutStatus | undefined {
  const found: Partial<RolloutStatus> = Object(result);
  const { action, kind, name, replicas, state = "complete" } = found;
  const isStatus = action === "status" && kind !== undefined && name !== undefined && Boolean(replicas);
  const areLists = (["pods", "problems", "events"] as const).every(
    (list) => Array.isArray(found[list]) && found[list].every((one: unknown) => fits(one, shapes[list])),
  );
  const isKnown = ["complete", "progressing", "failed"].includes(state);
  return isStatus && areLists && isKnown && fits(found, shapes.status) ? (found as RolloutStatus) : undefined;
}

const pollMs = 2_000;

/** Errors of one poll that the next one may not have. */
const mayPass = (error: unknown): error is EksLambdaError =>
  hasCode(
    error,
    "AwsUnreachable",
    "ConnectionLost",
    "ConnectionRefused",
    "ServiceUnavailable",
    "Timeout",
    "TooManyRequests",
  );
const mostInARow = 5;

export interface Waiting {
  /** Invokes the function with the action `status`. */
  readonly ask: () => Promise<unknown>;
  readonly limitMs: number;
  readonly clock: Clock;
  /** Called with what the rollout still needs. */
  readonly waiting: (what: string) => void;
}

/**
 * Asks until the rollout is complete or has failed, or the time is up, and returns the last status. Throws
 * `UnexpectedAnswer`, and errors of `ask` that do not pass.
 */
export async function waitForRollout({ ask, limitMs, clock, waiting }: Waiting): Promise<RolloutStatus> {
  const end = clock.now() + limitMs;
  let failures = 0;
  for (;;) {
    try {
      const status = statusIn(await ask());
      failures = 0;
      if (status.state !== "progressing" || clock.now() + pollMs > end) return status;
      waiting(status.message ? `its rollout: ${status.message}` : "its Pods");
    } catch (error) {
      failures += 1;
      if (!mayPass(error) || failures >= mostInARow) throw error;
      waiting(`an answer (${error.code})`);
    }
    await clock.sleep(pollMs);
  }
}

function statusIn(answer: unknown): RolloutStatus {
  const status = statusOf(answer);
  if (status) return status;
  throw new EksLambdaError("UnexpectedAnswer", "the function did not answer with a status", {
    hint: advice`\`${command`eks-lambda setup`}\` updates the function to this version`,
  });
}

/** The error for a rollout that failed, or was not complete in time, with the reasons. */
export function failureOf({ kind, namespace, name, state, message = "", problems }: RolloutStatus, limitMs: number) {
  // The logs of containers are in the status, which the command shows, too.
  const reasons = described(problems.map(({ lines: _, ...problem }) => problem));
  const withReasons = (what: string) => (reasons ? `${what}\n${reasons}` : what);
  const place = [`${kind.toLowerCase()}/${name}`, ...option("--namespace", namespace)];
  if (state === "failed") {
    const [code, hint] =
      kind === "Job"
        ? (["JobFailed", command`kubectl logs ${place}`] as const)
        : (["RolloutFailed", command`kubectl rollout undo ${place}`] as const);
    return new EksLambdaError(code, withReasons(message || `${kind} "${name}" failed`), { hint });
  }
  if (state !== "progressing") return undefined;
  const late = `${kind} "${name}" is not complete after ${limitMs / 1_000} s: ${message}`;
  return new EksLambdaError("Timeout", withReasons(late), {
    hint: advice`the rollout continues: wait longer with --timeout, or check it with \`${command`eks-lambda invoke status ${place}`}\``,
  });
}
