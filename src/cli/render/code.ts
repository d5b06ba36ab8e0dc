/** An error's code: on a terminal that has links, one to its part of the page about errors, which the package brings. */
import terminalLink from "terminal-link";

/** From `dist/cli`. */
const page = new URL("../../docs/troubleshooting.md", import.meta.url);

/** `(NoRegion)`, for standard output, or with `terminalLink.stderr` for the other. */
export const inParentheses = (code: string, link: typeof terminalLink.stderr = terminalLink): string =>
  `(${link(code, `${page}#${code.toLowerCase()}`, { fallback: false })})`;
