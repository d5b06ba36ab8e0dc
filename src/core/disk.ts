/** Files as this tool reads and makes them: no special files, no links followed in writing, for their owner's eyes. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** The text of a file; `undefined`: there is none. Throws for anything but a regular file of UTF-8. */
export async function readText(path: string): Promise<string | undefined> {
  // Without O_NONBLOCK, opening a FIFO waits for a writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error) => {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  });
  try {
    if (file && !(await file.stat()).isFile()) throw new Error("not a regular file");
    return file && decoded(await file.readFile());
  } finally {
    await file?.close();
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Error("not UTF-8 text", { cause });
  }
}

/**
 * Makes a file where nothing stands, and has it on the disk. A file or link that is there is an error (`EEXIST`): no
 * link is followed, and no file of somebody else is taken over with its owner and mode.
 */
export async function createText(path: string, text: string, mode = 0o600): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

export const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code;
