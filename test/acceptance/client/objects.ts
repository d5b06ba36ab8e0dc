/** The kinds of the client's tests: types, and an object of each. */
import { failing } from "../backend.ts";

interface Meta {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

interface PodTemplate {
  readonly metadata?: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly spec: { readonly restartPolicy?: string; readonly containers: readonly { name: string; image: string }[] };
}

export interface ConfigMap {
  readonly apiVersion?: string;
  readonly kind?: "ConfigMap";
  readonly metadata?: Meta;
  readonly data?: Record<string, string>;
}

export interface Deployment {
  readonly apiVersion?: string;
  readonly kind?: "Deployment";
  readonly metadata?: Meta;
  readonly spec?: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels: Record<string, string> };
    readonly template: PodTemplate;
  };
  readonly status?: { readonly replicas?: number; readonly availableReplicas?: number };
}

export interface Job {
  readonly apiVersion?: string;
  readonly kind?: "Job";
  readonly metadata?: Meta;
  readonly spec?: { readonly backoffLimit?: number; readonly template: PodTemplate };
  readonly status?: { readonly conditions?: Condition[] };
}

interface ContainerStatus {
  readonly name: string;
  readonly state?: { readonly terminated?: { readonly exitCode: number; readonly reason?: string } };
}

export interface Pod {
  readonly apiVersion?: string;
  readonly kind?: "Pod";
  readonly metadata?: Meta;
  readonly spec?: PodTemplate["spec"];
  readonly status?: { readonly phase?: string; readonly containerStatuses?: ContainerStatus[] };
}

export interface Definition {
  readonly apiVersion?: string;
  readonly kind: "CustomResourceDefinition";
  readonly metadata: Meta & { readonly name: string };
  readonly spec: object;
  readonly status?: { readonly conditions?: Condition[] };
}

export interface Widget {
  readonly apiVersion?: string;
  readonly kind: "Widget";
  readonly metadata: Meta & { readonly name: string };
  readonly spec: { readonly size: number };
}

const labels = { app: "web" };

export const deploymentSpec = (image: string, replicas = 2) => ({
  replicas,
  selector: { matchLabels: labels },
  template: { metadata: { labels }, spec: { containers: [{ name: "web", image }] } },
});

export const pod = (name: string): Pod => ({
  metadata: { name, labels },
  spec: { containers: [{ name: "web", image: "nginx:1.12" }] },
});

export const failingJob = (name: string): Job => ({
  metadata: { name },
  spec: {
    backoffLimit: 0,
    template: { spec: { restartPolicy: "Never", containers: [{ name: "migrate", image: failing.image }] } },
  },
});

/** `version`: its schema, and what else it has. */
export const definitionOfWidgets = (version: object): Definition => ({
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget" },
    versions: [{ name: "v1", served: true, storage: true, ...version }],
  },
});

export const widgetDefinition = definitionOfWidgets({
  schema: {
    openAPIV3Schema: {
      type: "object",
      properties: { spec: { type: "object", properties: { size: { type: "integer", minimum: 1 } } } },
    },
  },
});
