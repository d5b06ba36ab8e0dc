/** Table rows for refusals: exit code, stderr from `error` on, and that nothing was changed. */
import { expect } from "vitest";
import { tree } from "./disk.ts";
import type { RunOptions } from "./run.ts";
import { test, type World } from "./world.ts";
import { writesOf } from "./writes.ts";

export interface Refusal {
  readonly when: string;
  /** Prepares the world. Returns additional options for the command. */
  given?(world: World): Promise<RunOptions["env"] | undefined>;
  readonly command: (names: World["names"]) => string;
  readonly exit: 1 | 2;
  readonly says: (names: World["names"]) => string | RegExp;
}

export function testRefusals(refusals: readonly Refusal[]): void {
  test.for(refusals.map((refusal) => [refusal.when, refusal] as const))("%s", async ([, refusal], { world }) => {
    const { given, command, exit, says } = refusal;
    await world.fresh();
    const env = (await given?.(world)) ?? {};
    const before = await tree(world.home);
    await writesOf(world);
    const outcome = await world.run(command(world.names), { env });
    const said = outcome.stderr.slice(outcome.stderr.search(/^error[ :]/m));
    const expected = says(world.names);
    expect({ ...outcome, stderr: said }).toEqual({
      exit,
      stdout: "",
      stderr: typeof expected === "string" ? expected : expect.stringMatching(expected),
    });
    expect(await writesOf(world)).toEqual([]);
    expect(await tree(world.home)).toEqual(before);
  });
}
