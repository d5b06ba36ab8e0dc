/** What keeps this process alive: servers, connections, children, timers. */

interface Handle {
  readonly spawnargs?: readonly string[];
  readonly remotePort?: number;
  address?(): unknown;
}

/** Node documents only the kinds, `getActiveResourcesInfo`. To find a server, one needs its address. */
const handles = (): readonly Handle[] =>
  (process as unknown as { _getActiveHandles?(): readonly Handle[] })._getActiveHandles?.() ?? [];

const nameOf = (handle: Handle): string => {
  const what = handle.spawnargs?.join(" ") ?? handle.remotePort ?? JSON.stringify(handle.address?.());
  return [handle.constructor.name, what].filter(Boolean).join(" ");
};

/** Returns a function that tells what there is more of than now: `1 TCPServerWrap (Server {"port":4711,…})`. Empty if nothing is. */
export function aliveSince(): () => string {
  const known = new Set(handles());
  const before = process.getActiveResourcesInfo();
  return () => {
    const more = process.getActiveResourcesInfo();
    for (const kind of before) if (more.includes(kind)) more.splice(more.indexOf(kind), 1);
    if (more.length === 0) return "";
    const kinds = [...new Set(more)].map((kind) => `${more.filter((one) => one === kind).length} ${kind}`);
    const names = handles().flatMap((handle) => (known.has(handle) ? [] : [nameOf(handle)]));
    return `${kinds.join(", ")} (${names.join(", ")})`;
  };
}
