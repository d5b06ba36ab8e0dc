/** Reads manifests as `kubectl apply -f`: from files, folders and standard input, YAML or JSON, several in one file. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { advice, type Command, command, type Hint } from "../core/command.ts";
import { EksLambdaError, usageError } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { documentsIn } from "../core/yaml.ts";
import { retyped } from "./typed.ts";

interface File {
  /** As messages name it. */
  readonly path: string;
  readonly text: string;
}

/** In the order of the paths; a List in its parts. Throws `InvalidEvent`. */
export async function readManifests(paths: readonly string[]): Promise<readonly object[]> {
  if (paths.filter((path) => path === "-").length > 1) throw refused("standard input is given twice", "give it once");
  const files = (await Promise.all(paths.map(filesAt))).flat();
  const manifests = files.flatMap(manifestsIn);
  if (manifests.length > 0) return manifests;
  throw refused(
    `there is no manifest in ${paths.join(", ")}`,
    "name files with objects, each with apiVersion and kind",
  );
}

const piped = (from: Command): Hint => advice`${from} | ${command`eks-lambda invoke apply -f -`}`;

const refused = (message: string, hint?: Hint) => usageError("InvalidEvent", message, hint);

async function filesAt(path: string): Promise<readonly File[]> {
  if (path === "-") return [{ path: "standard input", text: await text(process.stdin) }];
  if (/^https?:\/\//.test(path)) throw refused(`${path} is not a file`, piped(command`curl -fsSL ${path}`));
  try {
    const isFolder = (await stat(path)).isDirectory();
    // As kubectl, without the folders in it.
    const names = isFolder ? (await readdir(path)).filter((name) => /\.(json|ya?ml)$/.test(name)).sort() : undefined;
    const all = names?.map((name) => join(path, name)) ?? [path];
    return await Promise.all(all.map(async (one) => ({ path: one, text: await readFile(one, "utf8") })));
  } catch (error) {
    throw refused(`${path} cannot be read: ${(error as Error).message}`, await instead(path));
  }
}

/** The command with the file that was probably meant. */
async function instead(path: string): Promise<Hint | undefined> {
  const names = await readdir(dirname(path)).catch(() => []);
  const meant = nearest(basename(path), names);
  return meant === undefined
    ? undefined
    : retyped({ wrong: path, right: [path.slice(0, -basename(path).length) + meant] });
}

function manifestsIn({ path, text }: File): readonly object[] {
  const source = {
    what: path,
    invalid: "InvalidEvent",
    unsupported: "InvalidEvent",
    remedy: "correct the file",
  } as const;
  try {
    return documentsIn(text, source).flatMap((value, at) => objectsIn(value, `${path}, document ${at + 1}`));
  } catch (error) {
    throw error instanceof EksLambdaError ? refused(error.message, error.hint) : error;
  }
}

interface Parts {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly items?: unknown;
  readonly metadata?: { readonly name?: unknown; readonly generateName?: unknown } | null;
}

/** Throws `InvalidEvent`, which shows no value: a Secret is a manifest, too. */
function objectsIn(value: unknown, where: string): readonly object[] {
  if (value === null || value === undefined) return [];
  const { apiVersion, kind, items, metadata }: Parts = Object(value);
  if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(items))
    return (items as readonly unknown[]).flatMap((one, at) => objectsIn(one, `${where}, item ${at + 1}`));
  if (kind === "Kustomization") throw refused(`${where} is for kustomize`, piped(command`kubectl kustomize FOLDER`));
  const lacks = Object.entries({ apiVersion, kind, "metadata.name": metadata?.name ?? metadata?.generateName }).find(
    ([, one]) => typeof one !== "string",
  );
  if (typeof value !== "object" || lacks)
    throw refused(`${where} has no \`${lacks?.[0]}\``, "a manifest has apiVersion, kind and metadata.name");
  return [value];
}
