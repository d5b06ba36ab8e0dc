/** An answer that goes on: a watch, a log that is followed. */
import { Readable } from "node:stream";
import type { World } from "../../state.ts";

export interface Stream {
  readonly readable: Readable;
  push(text: string): void;
  /** What ends with it, whoever ends it. */
  readonly cleaning: (() => void)[];
  end(): void;
}

/** It is among the world's streams until it ends. */
export function openStream({ state: { streams } }: World): Stream {
  const cleaning: (() => void)[] = [];
  const clean = () => {
    streams.delete(readable);
    for (const step of cleaning.splice(0)) step();
  };
  const readable = new Readable({
    read() {},
    destroy(error, done) {
      clean();
      done(error);
    },
  });
  streams.add(readable);
  return {
    readable,
    cleaning,
    push: (text) => text !== "" && readable.push(text),
    end() {
      clean();
      readable.push(null);
    },
  };
}
