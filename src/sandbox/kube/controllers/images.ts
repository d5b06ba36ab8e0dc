/**
 * The behaviour of containers, by image. One named `missing/…` cannot be pulled; any other keeps running, and in a Job's
 * Pod it succeeds, but for `sleep infinity`.
 */
export interface Image {
  /** Lines that the container logs when it starts. */
  readonly log?: string;
  /** In a Job's Pod, too, the container keeps running, until the image has another behaviour. */
  readonly runs?: true;
  /** The container exits with this code. */
  readonly exitCode?: number;
  /** The reason of the exit, for example `OOMKilled`. If not given, `Completed` or `Error`. */
  readonly reason?: string;
  /** The container cannot start, for example `{ reason: "ImagePullBackOff", message: "…" }`. */
  readonly waiting?: { readonly reason: string; readonly message?: string };
  /** `false`: the readiness probe fails. */
  readonly ready?: false;
}

/** Reports each change, because containers that run end when their image gets an exit code. */
export class Images extends Map<string, Image> {
  readonly #listeners = new Set<() => void>();

  override set(image: string, behaviour: Image): this {
    super.set(image, behaviour);
    this.#tell();
    return this;
  }

  override delete(image: string): boolean {
    const isDeleted = super.delete(image);
    if (isDeleted) this.#tell();
    return isDeleted;
  }

  override clear(): void {
    super.clear();
    this.#tell();
  }

  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** No registry has an image under this name, so that a rollout can be seen failing. */
const missing = /^(docker\.io\/)?missing\//;

/** The image that no registry has, as the node's runtime names it: `docker.io/missing/web:latest`. */
export function missingReference(image: string): string | undefined {
  if (!missing.test(image)) return undefined;
  const whole = image.startsWith("docker.io/") ? image : `docker.io/${image}`;
  return /[:@][^/]+$/.test(whole) ? whole : `${whole}:latest`;
}

/** What containerd answers. Source: https://github.com/containerd/containerd/blob/main/core/remotes/docker */
export const pullError = (reference: string): string =>
  `failed to pull and unpack image "${reference}": failed to resolve reference "${reference}": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`;
