/** The hint of `undo`, as the command to type: the function names its field, because events do. */
import { advice } from "../core/command.ts";
import { type EksLambdaError, hasCode, restated } from "../core/errors.ts";
import { adviceOf } from "../core/function-hints.ts";
import type { Words } from "./event.ts";
import { retyped } from "./typed.ts";

/** The revisions that the function offers. */
const offered = /`revision`: (\d+(?:, \d+)*)$/;

interface Given extends Words {
  /** The fields that `--set` gave. */
  readonly set?: readonly string[] | undefined;
}

/** The error with the command that was typed, and one of the revisions in it. */
export function withRevision(
  error: EksLambdaError,
  { target = "", value, set = [] }: Given,
  typed?: readonly string[],
): EksLambdaError {
  const [, revisions] = offered.exec(String(adviceOf(error) ?? "")) ?? [];
  if (revisions === undefined || !hasCode(error, "AlreadyUndone", "RevisionNotFound")) return error;
  const one = revisions.includes(",") ? "REVISION" : revisions;
  const assigned = set.find((field) => field.startsWith("revision="));
  const again =
    assigned !== undefined
      ? retyped({ wrong: assigned, right: [`revision=${one}`] }, typed)
      : value !== undefined
        ? retyped({ wrong: value, right: [one], from: "end" }, typed)
        : (retyped({ wrong: target, right: [target, one] }, typed) ??
          retyped({ more: ["--set", `revision=${one}`] }, typed));
  if (again === undefined) return error;
  const hint = one === revisions ? advice`${again}` : advice`with one of its revisions, ${revisions}: ${again}`;
  return restated(error, error.message, { hint });
}
