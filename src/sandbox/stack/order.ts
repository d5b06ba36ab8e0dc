/** Runs steps in parallel, as far as they do not depend on each other. */

interface Steps {
  /** Those that a step waits for. */
  after(id: string): Iterable<string>;
  /** True for steps that run beside others; those that are not free run one by one, in their order. */
  isFree(id: string): boolean;
  /** True: a step that fails stops only those that wait for it. */
  readonly goesOn?: boolean;
  act(id: string): Promise<void>;
}

/** Acts on each ID after those that it waits for. When all have ended, throws the first failure. */
export async function eachAfter(ids: readonly string[], { after, isFree, goesOn, act }: Steps): Promise<void> {
  const running = new Map<string, Promise<void>>();
  const failures: Error[] = [];
  let last: Promise<unknown> = Promise.resolve();
  const run = async (id: string, before: Promise<unknown>): Promise<void> => {
    await before;
    await Promise.all([...after(id)].map((other) => running.get(other)));
    if (failures.length > 0 && !goesOn) return;
    await act(id).catch((error: Error) => {
      failures.push(error);
      throw error;
    });
  };
  for (const id of ids) {
    const one = run(id, isFree(id) ? Promise.resolve() : last);
    running.set(id, one);
    const ended = one.catch(() => {});
    if (!isFree(id)) last = ended;
  }
  await Promise.allSettled(running.values());
  const [first] = failures;
  if (first) throw first;
}
