/** The behaviour of containers, by image. Any other image keeps running, and in a Job's Pod it succeeds. */
export interface Image {
  /** Lines that the container logs when it starts. */
  readonly log?: string;
  /** The container exits with this code. */
  readonly exitCode?: number;
  /** The reason of the exit, for example `OOMKilled`. If not given, `Completed` or `Error`. */
  readonly reason?: string;
  /** The container cannot start, for example `{ reason: "ImagePullBackOff", message: "…" }`. */
  readonly waiting?: { readonly reason: string; readonly message?: string };
  /** `false`: the readiness probe fails. */
  readonly ready?: false;
}
export type Images = Map<string, Image>;
