/** What esbuild says about the modules of a bundle. */
import type { Metafile } from "esbuild";

/** The package of a module, or the module's path where it is of none. */
const packageOf = (path: string): string => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path;

/** The five packages and files that take most of it, as `zod 12345 bytes`. */
export function largestIn({ outputs }: Metafile): readonly string[] {
  const sizes = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs)))
    sizes.set(packageOf(path), (sizes.get(packageOf(path)) ?? 0) + bytesInOutput);
  return [...sizes]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 5)
    .map(([name, bytes]) => `${name} ${bytes} bytes`);
}

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
