/** Valid Pods and templates of Pods, with a random choice of what they can have. */
import type { Random } from "./random.ts";

const probe = (random: Random): object => ({
  ...random.pick<object>([
    { httpGet: { path: "/", port: 80, scheme: "HTTP" } },
    { httpGet: { port: "http" } },
    { tcpSocket: { port: 80 } },
    { exec: { command: ["true"] } },
    { grpc: { port: 9000 } },
  ]),
  ...random.some({ initialDelaySeconds: 1, timeoutSeconds: 2, periodSeconds: 3, failureThreshold: 2 }),
});

const environment = (random: Random): object[] => {
  const all = [
    { name: "PLAIN", value: "text" },
    { name: "EMPTY" },
    { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "MAP", valueFrom: { configMapKeyRef: { name: "settings", key: "colour", optional: true } } },
    { name: "SECRET", valueFrom: { secretKeyRef: { name: "secret", key: "password" } } },
    { name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
  ];
  return all.filter(() => random.one(2));
};

const quantities = (random: Random): object =>
  random.some({ cpu: random.pick(["100m", "1", "0.5", 1]), memory: random.pick(["64Mi", "1Gi", "1000000"]) });

function container(random: Random, name: string, volumes: readonly string[]): object {
  return {
    name,
    image: random.pick(["nginx:1.27", "nginx", "registry.example:5000/team/web:latest", "web@sha256:".padEnd(75, "0")]),
    ...random.some({
      command: ["sh", "-c"],
      args: ["true"],
      workingDir: "/work",
      env: environment(random),
      envFrom: [
        { configMapRef: { name: "settings" } },
        { prefix: "S_", secretRef: { name: "secret", optional: true } },
      ],
      ports: [
        { name: "http", containerPort: 80 },
        { containerPort: 53, protocol: "UDP" },
      ],
      resources: { requests: quantities(random), ...random.some({ limits: { cpu: "2", memory: "2Gi" } }) },
      livenessProbe: probe(random),
      readinessProbe: probe(random),
      startupProbe: probe(random),
      lifecycle: { preStop: { exec: { command: ["sleep", "1"] } } },
      imagePullPolicy: random.pick(["Always", "IfNotPresent", "Never"]),
      securityContext: random.some({
        runAsUser: 1000,
        runAsNonRoot: true,
        privileged: false,
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
        seccompProfile: { type: "RuntimeDefault" },
      }),
      terminationMessagePolicy: "FallbackToLogsOnError",
      stdin: true,
      tty: true,
    }),
    ...(volumes.length > 0 && {
      volumeMounts: volumes.map((volume) => ({ name: volume, mountPath: `/mnt/${volume}`, readOnly: true })),
    }),
  };
}

const volumeSources: Readonly<Record<string, object>> = {
  scratch: { emptyDir: {} },
  memory: { emptyDir: { medium: "Memory", sizeLimit: "64Mi" } },
  settings: { configMap: { name: "settings", items: [{ key: "colour", path: "colour" }], defaultMode: 0o444 } },
  secret: { secret: { secretName: "secret" } },
  host: { hostPath: { path: "/var/log", type: "Directory" } },
  claim: { persistentVolumeClaim: { claimName: "data" } },
  pod: { downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
  all: { projected: { sources: [{ configMap: { name: "settings" } }, { secret: { name: "secret" } }] } },
};

const term = { matchExpressions: [{ key: "kubernetes.io/os", operator: "In", values: ["linux"] }] };
const affinity = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, preference: term }],
  },
  podAntiAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      {
        weight: 100,
        podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "web" } } },
      },
    ],
  },
};

/** `restartPolicy` is given where not every policy is allowed. */
export function podSpec(random: Random, restartPolicy?: string): object {
  const volumes = Object.entries(volumeSources).filter(() => random.one(5));
  const mounted = volumes.map(([name]) => name);
  return {
    containers: [container(random, "web", mounted), ...(random.one(3) ? [container(random, "side", [])] : [])],
    ...(restartPolicy ? { restartPolicy } : random.some({ restartPolicy: "Always" })),
    ...(volumes.length > 0 && { volumes: volumes.map(([name, source]) => ({ name, ...source })) }),
    ...random.some({
      initContainers: [{ name: "init", image: "busybox", command: ["true"] }],
      terminationGracePeriodSeconds: 10,
      nodeSelector: { "kubernetes.io/os": "linux" },
      serviceAccountName: "default",
      automountServiceAccountToken: false,
      securityContext: random.some({ runAsNonRoot: true, fsGroup: 1000, runAsUser: 1000, supplementalGroups: [1] }),
      tolerations: [{ key: "team", operator: "Exists", effect: "NoSchedule" }, { operator: "Exists" }],
      affinity,
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "kubernetes.io/hostname",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: { app: "web" } },
        },
      ],
      dnsPolicy: random.pick(["ClusterFirst", "Default"]),
      dnsConfig: { nameservers: ["10.0.0.10"], searches: ["example.com"], options: [{ name: "ndots", value: "2" }] },
      hostAliases: [{ ip: "10.0.0.1", hostnames: ["a.example"] }],
      imagePullSecrets: [{ name: "registry" }],
      hostname: "web",
      subdomain: "all",
      shareProcessNamespace: true,
      enableServiceLinks: false,
    }),
  };
}

export const template = (random: Random, restartPolicy?: string): object => ({
  metadata: { labels: { app: "web" }, ...random.some({ annotations: { note: "a" }, name: "template" }) },
  spec: podSpec(random, restartPolicy),
});
