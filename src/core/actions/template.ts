/** The Pod template of a workload, and the images of its containers. */
import { usageError } from "../errors.ts";
import type { KubeObject, Patch } from "../kube/object.ts";

export interface Container {
  readonly name: string;
  readonly image?: string | undefined;
  readonly [field: string]: unknown;
}

export interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> | undefined } | undefined;
  readonly spec?: {
    readonly containers?: readonly Container[] | undefined;
    readonly initContainers?: readonly Container[] | undefined;
  };
}

/** A Deployment, StatefulSet or DaemonSet, or a CronJob, whose template is in that of its Jobs. */
export interface Templated extends KubeObject {
  readonly spec?: {
    readonly template?: PodTemplate;
    readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplate } };
  };
}

export type Images = Readonly<Record<string, string>>;

export const templateOf = ({ spec }: Templated): PodTemplate => (spec?.jobTemplate?.spec ?? spec)?.template ?? {};

/** The part of a patch for the Pod template. */
const inTemplate = ({ spec }: Templated, template: Patch<PodTemplate>): Patch<Templated> =>
  spec?.jobTemplate ? { spec: { jobTemplate: { spec: { template } } } } : { spec: { template } };

/** The images by container, init containers too. */
export function imagesOf(object: Templated): Images {
  const { containers = [], initContainers = [] } = templateOf(object).spec ?? {};
  return Object.fromEntries([...initContainers, ...containers].map(({ name, image = "" }) => [name, image]));
}

/** The wanted images by container. Throws `InvalidEvent` for an unknown container, or one image for several containers. */
export function wantedImages(object: Templated, { image, images }: { image?: string; images?: Images }): Images {
  const known = Object.keys(imagesOf(object));
  const { containers = [] } = templateOf(object).spec ?? {};
  const there = `the containers of "${object.metadata?.name}" are ${known.join(", ")}`;
  if (image !== undefined && containers.length !== 1)
    throw usageError("InvalidEvent", `${there}; name them in \`images\``);
  const wanted: Images = { ...(image !== undefined && { [containers[0]?.name ?? ""]: image }), ...images };
  const unknown = Object.keys(wanted).find((name) => !known.includes(name));
  if (unknown !== undefined) throw usageError("InvalidEvent", `no container named "${unknown}": ${there}`);
  return wanted;
}

/** The template with these images. Lists are complete, so a merge patch of any kind of object can carry it. */
export function withImages(object: Templated, images: Images): Patch<Templated> {
  const { containers, initContainers } = templateOf(object).spec ?? {};
  const changed = (all: readonly Container[] = []) =>
    all.map((one) => (Object.hasOwn(images, one.name) ? { ...one, image: images[one.name] } : one));
  return inTemplate(object, {
    spec: { containers: changed(containers), ...(initContainers && { initContainers: changed(initContainers) }) },
  });
}
