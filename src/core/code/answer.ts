/** Reads what a process of ours answers on file descriptor 3. The code that it runs can write there, too, and never end. */
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";

interface Types {
  readonly string: string;
  readonly boolean: boolean;
  readonly unknown: unknown;
}

/** The fields of each kind of answer. */
type Shapes = Readonly<Record<string, Readonly<Record<string, keyof Types>>>>;

/** What the process answered, or how it ended without an answer. */
export type Answer<S extends Shapes> =
  | {
      [K in keyof S]: { readonly kind: K } & { readonly [F in keyof S[K]]: Types[S[K][F]] };
    }[keyof S]
  | { readonly kind: "exited"; readonly status: string }
  | { readonly kind: "late" }
  | { readonly kind: "long" };

export interface Limits {
  readonly limitMs: number;
  readonly maxBytes: number;
}

/** Ends the process at its limits. What has none of the shapes counts as no answer. */
export function answerOf<const S extends Shapes>(
  child: ChildProcess,
  shapes: S,
  { limitMs, maxBytes }: Limits,
): Promise<Answer<S>> {
  const output = child.stdio[3] as Readable;
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    const end = (answer: Answer<S>) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      // A process that the code started may hold the other end.
      output.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end({ kind: "late" }), limitMs);
    output.on("data", (piece: Buffer) => {
      pieces.push(piece);
      length += piece.length;
      if (length > maxBytes) end({ kind: "long" });
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (status, signal) =>
      end(answerIn(Buffer.concat(pieces).toString(), shapes) ?? { kind: "exited", status: `${signal ?? status}` }),
    );
  });
}

function answerIn<S extends Shapes>(text: string, shapes: S): Answer<S> | undefined {
  try {
    const answer: Readonly<Record<string, unknown>> = JSON.parse(text);
    const [kind, fields] = Object.entries(shapes).find(([kind]) => kind === answer.kind) ?? [];
    if (!fields) return undefined;
    const values = Object.entries(fields).map(([name, type]) => [name, answer[name], type] as const);
    if (!values.every(([, value, type]) => type === "unknown" || typeof value === type)) return undefined;
    return { kind, ...Object.fromEntries(values) } as Answer<S>;
  } catch {
    return undefined;
  }
}
