/** What the containers of an image do. An image that is not named here runs on, and in a Job's Pod it succeeds. */
export interface Image {
  /** Lines that it writes as it starts. */
  readonly log?: string;
  /** It ends with this code; with 0 it succeeds. */
  readonly exitCode?: number;
  /** Why it ended: `OOMKilled`; `Completed` or `Error` when it is not said. */
  readonly reason?: string;
  /** It does not start: `{ reason: "ImagePullBackOff", message: "…" }`. */
  readonly waiting?: { readonly reason: string; readonly message?: string };
  /** It runs, and its readiness probe fails. */
  readonly ready?: false;
}
export type Images = Map<string, Image>;
