/** Links an error's code to its section of the packaged troubleshooting page, on terminals that support links. */
import terminalLink from "terminal-link";
import { type Shown, Text, text } from "./text.ts";

/** From `dist/cli`. */
const page = new URL("../../docs/troubleshooting.md", import.meta.url);

/** Returns `(NoRegion)`. For stderr, pass `terminalLink.stderr`. */
export const inParentheses = (code: Shown, link: typeof terminalLink.stderr = terminalLink): Text =>
  text`(${Text.of(code).styled((shown) => link(shown, `${page}#${encodeURIComponent(shown.toLowerCase())}`, { fallback: false }))})`;
