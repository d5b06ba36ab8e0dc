/** The fixture of every acceptance test: a backend, a home folder, and the command. */
import { chmod, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base } from "vitest";
import { type Backend, type Place, virginia } from "../backend.ts";
import { backendName, startBackend } from "../start.ts";
import { type Names, namesOf } from "./names.ts";
import { type Outcome, type RunOptions, repositoryFile, run } from "./run.ts";

export interface World {
  readonly backend: Backend;
  readonly names: Names;
  /** `HOME` of the user who runs the commands. */
  readonly home: string;
  /** The whole environment of child processes. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs `eks-lambda COMMAND`. */
  run(command: string, options?: RunOptions): Promise<Outcome>;
  /** Resets to a new cluster, an empty account and an empty home. */
  fresh(): Promise<void>;
}

let failed = false;

export interface WorldOptions {
  /** Where the account is. */
  readonly place?: Place;
  /** The file has a backend of its own, because no other file could use it. */
  readonly isAlone?: boolean;
}

/** Starts one world for each test file. */
export const worldTest = ({ place = virginia, isAlone = false }: WorldOptions = {}) =>
  base
    .extend("isWatched", { auto: true }, ({ task }, { onCleanup }) => {
      onCleanup(() => {
        failed ||= task.result?.state === "fail";
      });
      return true;
    })
    // Vitest requires that a fixture names another one.
    .extend("start", { scope: "worker" }, () => startBackend)
    // The real backend takes eleven seconds to start: the files of a worker share one.
    .extend("shared", { scope: "worker" }, ({ start }, { onCleanup }) => {
      let starting: Promise<Backend> | undefined;
      onCleanup(async () => (await starting)?.stop({ failed }));
      return async (): Promise<Backend> => {
        if (starting) await (await starting).reset();
        starting ??= start(place);
        return { ...(await starting), stop: async () => {} };
      };
    })
    .extend("world", { scope: "file" }, async ({ start, shared }, { onCleanup }): Promise<World> => {
      const isShared = backendName === "real" && !isAlone;
      const { world, stop } = await startWorld(place, isShared ? shared : start);
      onCleanup(stop);
      return world;
    });

export const test = worldTest();

/** A world that is not of vitest's project names its backend. */
export async function startWorld(
  place: Place,
  start = startBackend,
): Promise<{ world: World; stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-acceptance-"));
  const [bin, home] = [join(folder, "bin"), join(folder, "home")];
  await Promise.all([mkdir(bin), mkdir(home)]);
  await symlink(process.execPath, join(bin, "node"));
  const command = join(bin, "eks-lambda");
  await symlink(repositoryFile("bin/eks-lambda.cjs"), command);
  await chmod(command, 0o755);
  const backend = await start(place);
  const env = { ...backend.env, PATH: bin, HOME: home };
  return {
    world: {
      backend,
      names: namesOf(backend),
      home,
      env,
      run: (line, options = {}) => run(command, line, { ...env, ...options.env }, options.stdin),
      fresh: () => Promise.all([backend.reset(), empty(home)]).then(() => {}),
    },
    async stop() {
      await backend.stop({ failed });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const empty = async (folder: string): Promise<unknown> =>
  Promise.all((await readdir(folder)).map((name) => rm(join(folder, name), { recursive: true })));
