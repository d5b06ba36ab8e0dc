/** The NGINX Deployment that the function creates. */
import { ownerMarks } from "../kube/owner.ts";

/** The fields of an apps/v1 Deployment that we set. Fits `V1Deployment` of `@kubernetes/client-node`. */
export interface Deployment {
  readonly apiVersion: "apps/v1";
  readonly kind: "Deployment";
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Labels;
    readonly annotations?: Labels;
  };
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: Labels };
    readonly template: {
      readonly metadata: { readonly labels: Labels };
      readonly spec: { readonly containers: readonly Container[]; readonly imagePullSecrets?: Secrets | undefined };
    };
  };
}
type Labels = Readonly<Record<string, string>>;
type Secrets = readonly { readonly name: string }[];
interface ContainerOptions {
  readonly image: string;
  /** Default: `http`, 80. */
  readonly ports?: readonly { readonly name?: string; readonly protocol?: string; readonly containerPort: number }[];
  readonly resources?: object | undefined;
  readonly securityContext?: object | undefined;
}
interface Container extends ContainerOptions {
  readonly name: string;
}

export interface DeploymentOptions extends ContainerOptions {
  readonly name: string;
  readonly namespace: string;
  readonly replicas: number;
  readonly imagePullSecrets?: Secrets | undefined;
  /** The stack that owns it, `ACCOUNT/REGION/STACK`; without it, the Deployment has no owner marks. */
  readonly owner?: string | undefined;
}

export const managedBy = { "app.kubernetes.io/managed-by": "eks-lambda" } as const;

/** True if eks-lambda created it. */
export const isManaged = ({ labels = {} }: { readonly labels?: Labels }): boolean =>
  Object.entries(managedBy).every(([name, value]) => labels[name] === value);

/** `instance` is in the selector, so that two Deployments never count each other's Pods as theirs. */
export function deployment(options: DeploymentOptions): Deployment {
  const { name, namespace, replicas, owner, image, resources, securityContext, imagePullSecrets } = options;
  const { ports = [{ name: "http", protocol: "TCP", containerPort: 80 }] } = options;
  const matchLabels = { app: "demo", "app.kubernetes.io/instance": name };
  const labels = { ...matchLabels, ...managedBy };
  const marks = owner === undefined ? undefined : ownerMarks(owner);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, ...marks, labels: { ...labels, ...marks?.labels } },
    spec: {
      replicas,
      selector: { matchLabels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "web", image, ports, resources, securityContext }], imagePullSecrets },
      },
    },
  };
}
