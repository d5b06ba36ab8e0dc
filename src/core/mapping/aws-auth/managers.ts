/** Finds out which tools manage an object: they will overwrite our change. */

export interface ObjectMetadata {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly managedFields?: readonly { readonly manager?: string }[];
}

interface Manager {
  readonly name: string;
  readonly marks: (metadata: ObjectMetadata) => boolean;
  readonly instead: string;
}

const has = (pairs: Readonly<Record<string, string>> | undefined, pattern: RegExp): boolean =>
  Object.keys(pairs ?? {}).some((key) => pattern.test(key));

/** The marks that each tool leaves on an object, and where the entry belongs instead. */
const managers: readonly Manager[] = [
  {
    name: "Terraform",
    marks: ({ labels, managedFields = [] }) =>
      managedFields.some(({ manager }) => /terraform|hashicorp/i.test(manager ?? "")) ||
      /terraform/i.test(labels?.["app.kubernetes.io/managed-by"] ?? ""),
    instead: "the aws_auth roles of its configuration",
  },
  {
    name: "Argo CD",
    marks: ({ labels, annotations }) =>
      has(annotations, /^argocd\.argoproj\.io\//) || has(labels, /^argocd\.argoproj\.io\//),
    instead: "its Git repository",
  },
  { name: "Flux", marks: ({ labels }) => has(labels, /\.toolkit\.fluxcd\.io\//), instead: "its Git repository" },
  {
    name: "kubectl apply",
    marks: ({ annotations }) => has(annotations, /^kubectl\.kubernetes\.io\/last-applied-configuration$/),
    instead: "the file that is applied",
  },
];

export const overwriteWarnings = (metadata: ObjectMetadata): readonly string[] =>
  managers
    .filter(({ marks }) => marks(metadata))
    .map(
      ({ name, instead }) =>
        `${name} manages this ConfigMap and will remove the entry when it runs next: add it to ${instead}, too`,
    );
