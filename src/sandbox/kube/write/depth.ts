/** How deep a body is nested. */

/** Go's parser takes 10,000 levels; what walks an object here has a stack for some thousand. */
const deepest = 1000;

/** True for JSON that is nested too deep to be walked. Braces within texts do not count. */
export function isTooDeep(body: string): boolean {
  let depth = 0;
  for (const [token] of body.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/gs)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    if (depth > deepest) return true;
  }
  return false;
}
