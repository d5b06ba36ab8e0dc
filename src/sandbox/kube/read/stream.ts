/** An answer without a known end: a watch, or a followed log. */
import { Readable } from "node:stream";

export interface Stream {
  readonly readable: Readable;
  push(text: string): void;
  /** Run once when the stream ends, at either side. */
  readonly cleaning: (() => void)[];
  end(): void;
}

/** Adds the stream to `streams` until it ends. */
export function openStream(streams: Set<Readable>): Stream {
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
