/** Collects the body of an answer in a buffer that grows with it. */

/** 32 MiB, some thousand Pods. Without a limit, a server could fill the memory. */
export const maxBodyBytes = 32 * 2 ** 20;

export interface BodyBuffer {
  /** Returns false, and keeps nothing, if the body is too long with this piece. */
  add(piece: Uint8Array): boolean;
  text(): string;
}

export function bodyBuffer(): BodyBuffer {
  let bytes = Buffer.alloc(0);
  let length = 0;
  return {
    add(piece) {
      const needed = length + piece.length;
      if (needed > maxBodyBytes) return false;
      if (needed > bytes.length) {
        const larger = Buffer.allocUnsafe(Math.max(needed, 2 * bytes.length));
        larger.set(bytes.subarray(0, length));
        bytes = larger;
      }
      bytes.set(piece, length);
      length = needed;
      return true;
    },
    text: () => bytes.toString("utf8", 0, length),
  };
}
