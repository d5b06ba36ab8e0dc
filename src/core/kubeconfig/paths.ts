/** Where kubectl looks for a kubeconfig. */
import { delimiter, join } from "node:path";

/**
 * The files that kubectl merges, in its order.
 * @param list `KUBECONFIG`: paths between `:` (`;` on Windows); empty ones do not count
 */
export function kubeconfigPaths(list: string | undefined, home: string): readonly [string, ...string[]] {
  const [first, ...others] = (list ?? "").split(delimiter).filter((path) => path !== "");
  return first === undefined ? [join(home, ".kube", "config")] : [first, ...others];
}
