/** Links an error's code to its section of the troubleshooting page, on terminals that support links. */
import terminalLink from "terminal-link";
import { type Shown, Text, text } from "./text.ts";

/** From `dist/cli`. */
const packaged = new URL("../troubleshooting.html", import.meta.url).href;

/** The page about errors: in the repository that `homepage` names, else the packaged one. */
export const pageOf = (homepage: string): string =>
  homepage === "" ? packaged : `${homepage.replace(/#.*/, "")}/blob/HEAD/docs/troubleshooting.md`;

/** Returns `(NoRegion)`. For stderr, pass `terminalLink.stderr`. */
export const inParentheses = (code: Shown, link: typeof terminalLink.stderr = terminalLink): Text =>
  text`(${Text.of(code).styled((shown) => link(shown, `${pageOf(HOMEPAGE)}#${encodeURIComponent(shown.toLowerCase())}`, { fallback: false }))})`;
