/** An error's code, which on a terminal with links leads to its section of the troubleshooting page in the package. */
import terminalLink from "terminal-link";
import { type Shown, Text, text } from "./text.ts";

/** From `dist/cli`. */
const page = new URL("../../docs/troubleshooting.md", import.meta.url);

/** `(NoRegion)`, for standard output, or with `terminalLink.stderr` for the other. */
export const inParentheses = (code: Shown, link: typeof terminalLink.stderr = terminalLink): Text =>
  text`(${Text.of(code).styled((shown) => link(shown, `${page}#${encodeURIComponent(shown.toLowerCase())}`, { fallback: false }))})`;
