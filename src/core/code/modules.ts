/** What esbuild says about the modules of a bundle. */
import type { Metafile } from "esbuild";

/** The five modules that take most of it, as `12345 bytes node_modules/zod/index.js`. */
export const largestIn = ({ outputs }: Metafile): readonly string[] =>
  Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .slice(0, 5)
    .map(([path, { bytesInOutput }]) => `${bytesInOutput} bytes ${path}`);

/** Files that import each other, as `a.ts -> b.ts -> a.ts`; packages do not count. */
export function cycleIn({ inputs }: Metafile): string | undefined {
  const done = new Set<string>();
  function visit(path: string, way: readonly string[]): string | undefined {
    const at = way.indexOf(path);
    if (at >= 0) return [...way.slice(at), path].join(" -> ");
    if (done.has(path) || path.includes("node_modules/")) return undefined;
    for (const { path: next, external } of inputs[path]?.imports ?? []) {
      const found = external ? undefined : visit(next, [...way, path]);
      if (found) return found;
    }
    done.add(path);
    return undefined;
  }
  for (const path of Object.keys(inputs)) {
    const found = visit(path, []);
    if (found) return found;
  }
  return undefined;
}
