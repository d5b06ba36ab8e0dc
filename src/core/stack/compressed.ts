/** Compressed code that loads itself: base64 of Brotli is less than half of minified code. */
import { brotliCompressSync, constants } from "node:zlib";

/** A megabyte takes a fifth of a second. The highest quality would need four, for 8 % less. */
const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT };

/**
 * Returns a module with the same exports as `code`, which must be CommonJS. Errors have the lines of `code`. The last
 * line is never run: Lambda imports the module, and Node.js looks in its text for the names of exports. Without `then`,
 * Lambda would not wait for the function to connect. See docs/decisions/0014-warm-up.md
 */
export const compressed = (code: string): string =>
  `// The function, compressed with Brotli: it is too large for a template as it is. To read it, decode the text below.
module._compile(
  require("node:zlib").brotliDecompressSync(Buffer.from("${brotliCompressSync(code, { params }).toString("base64")}", "base64")).toString(),
  __filename,
);
0 && (module.exports = { handler, then });
`;
