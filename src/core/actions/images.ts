/**
 * The images that `setup --allow-image PATTERN` allows. RBAC cannot keep to them: only the function does, before it writes
 * a Pod template.
 */
import { EksLambdaError, shown } from "../errors.ts";
import { shellWords } from "../text.ts";
import type { Allowed } from "./place.ts";

interface Reference {
  readonly host: string;
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** `[HOST/]PATH[:TAG][@DIGEST]`, of an image or a pattern. Source: https://pkg.go.dev/github.com/distribution/reference */
const notation = /^(?:((?=[^/]*[.:A-Z]|localhost\/)[^/@]+)\/)?([^/:@]+(?:\/[^/:@]+)*)(?::([^/:@]+))?(?:@([^/@]+))?$/;

/** As containerd completes it: without a host it is Docker Hub, whose own images are in `library`. */
function referenceOf(text: string): Reference | undefined {
  const [whole, given = "docker.io", path = "", tag, digest] = notation.exec(text) ?? [];
  const host = given === "index.docker.io" ? "docker.io" : given;
  const isOfficial = host === "docker.io" && !path.includes("/");
  return whole === undefined ? undefined : { host, path: isOfficial ? `library/${path}` : path, tag, digest };
}

/** `any` is what `*` stands for. */
const fits = (pattern: string, text: string, any: string): boolean =>
  new RegExp(`^${pattern.replace(/[.+?^$|()[\]{}\\]/g, "\\$&").replaceAll("*", any)}$`).test(text);

/**
 * `*` stays within a label of the host, a component of the path, a tag or a digest. A pattern without tag and digest allows
 * every one. With a digest, the tag of an image says nothing: only a pattern with a digest, or with neither, allows it.
 */
export function allowsImage(pattern: string, image: string): boolean {
  const [wanted, given] = [referenceOf(pattern), referenceOf(image)];
  if (!wanted || !given || !fits(wanted.host, given.host, "[^./:]*") || !fits(wanted.path, given.path, "[^/]*"))
    return false;
  const { tag, digest = "" } = given;
  if (wanted.digest !== undefined) return fits(wanted.digest, digest, "[^:]+");
  return wanted.tag === undefined || (digest === "" && fits(wanted.tag, tag ?? "latest", ".*"));
}

/** The images of a manifest: every field `image`, so those of init and ephemeral containers, image volumes and custom resources. */
export const imagesIn = (value: unknown): readonly string[] =>
  Object.entries(Object(value)).flatMap(([key, inner]) => {
    const { reference = inner } = Object(inner) as { readonly reference?: unknown };
    const own = key === "image" && typeof reference === "string" ? [reference] : [];
    return typeof inner === "object" ? [...own, ...imagesIn(inner)] : own;
  });

/** Throws `ImageNotAllowed` for the first image that no pattern allows. Without patterns, every image is allowed. */
export function refuseOtherImages({ images: patterns }: Allowed, images: readonly string[]): void {
  const other = patterns && images.find((image) => !patterns.some((pattern) => allowsImage(pattern, image)));
  if (!patterns || other === undefined) return;
  // Without a tag, a pattern allows every tag.
  const exact = /[:@][^/]*$/.test(other) ? other : `${other}:latest`;
  throw new EksLambdaError(
    "ImageNotAllowed",
    `the image ${shown(other)} is not allowed for this function, which allows ${patterns.join(", ")}`,
    { hint: other.includes("*") ? undefined : `eks-lambda setup ${shellWords(["--allow-image", ...patterns, exact])}` },
  );
}
