/** Random values that depend on a seed and the number of the case alone, so that each case can be repeated. */

export interface Random {
  /** A whole number from 0 to `below - 1`. */
  below(below: number): number;
  /** True in one of `times`. */
  one(times: number): boolean;
  pick<T>(all: readonly [T, ...T[]] | readonly T[]): T;
  /** Each field with the chance of one half. */
  some<T extends object>(fields: T): Partial<T>;
}

/** Source: mulberry32, a generator of 32 bits. */
export function randomOf(seed: number, index: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (most: number): number => next() % most;
  const random: Random = {
    below,
    one: (times) => below(times) === 0,
    pick: (all) => all[below(all.length)] as (typeof all)[number],
    some: (fields) => Object.fromEntries(Object.entries(fields).filter(() => below(2) === 0)) as Partial<typeof fields>,
  };
  for (let round = 0; round < 4; round++) next();
  return random;
}
