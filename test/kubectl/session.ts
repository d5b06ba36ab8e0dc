/** What people do with kubectl, one command after the other, in a cluster with nothing in its default namespace. */
import { stringify } from "yaml";
import type { Outcome } from "../acceptance/support/run.ts";

const labels = { app: "web" };
const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "nginx:1.29" }] } };
const metadata = { name: "web" };
const selector = { matchLabels: labels };
const rbac = "rbac.authorization.k8s.io";
const roleRef = (kind: string) => ({ apiGroup: rbac, kind, name: "web" });
const subjects = [
  { kind: "User", name: "ada", apiGroup: rbac },
  { kind: "ServiceAccount", name: "default", namespace: "default" },
];
const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
const backend = { service: { name: "web", port: { number: 80 } } };
const paths = [{ path: "/", pathType: "Prefix", backend }];
const job = { template: { ...template, spec: { ...template.spec, restartPolicy: "Never" } } };

const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { replicas: 2, selector, template } };

/** One of each kind. */
const others = [
  { apiVersion: "v1", kind: "ConfigMap", metadata, data: { a: "b", c: "d" } },
  { apiVersion: "v1", kind: "Secret", metadata, stringData: { a: "b" } },
  { apiVersion: "v1", kind: "ServiceAccount", metadata },
  { apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels, ports: [{ port: 80 }] } },
  {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata,
    spec: { serviceName: "web", replicas: 1, selector, template },
  },
  { apiVersion: "apps/v1", kind: "DaemonSet", metadata, spec: { selector, template } },
  { apiVersion: "batch/v1", kind: "Job", metadata, spec: { suspend: true, ...job } },
  { apiVersion: "batch/v1", kind: "CronJob", metadata, spec: { schedule: "0 0 * * *", jobTemplate: { spec: job } } },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata,
    spec: { rules: [{ host: "a.example", http: { paths } }] },
  },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec: { podSelector: selector } },
  { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata, spec: { minAvailable: 1, selector } },
  { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec: { holderIdentity: "ada" } },
  { apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules },
  { apiVersion: `${rbac}/v1`, kind: "RoleBinding", metadata, roleRef: roleRef("Role"), subjects },
  { apiVersion: `${rbac}/v1`, kind: "ClusterRole", metadata, rules },
  { apiVersion: `${rbac}/v1`, kind: "ClusterRoleBinding", metadata, roleRef: roleRef("ClusterRole"), subjects },
];
/** A command and its standard input. */
type Step = readonly [command: string, ...objects: readonly object[]];

/** Commands whose exit code is 1. */
export const failing: readonly string[] = ["get deployment web", "auth can-i create deployments --as somebody"];

/** Commands whose output differs from that on a cluster: of Services, volumes, logs and schemas, the sandbox knows little. */
const different =
  /^(api-resources|logs|describe (pods|Service|StatefulSet|DaemonSet|Job|CronJob|Ingress|NetworkPolicy)|explain|get Service|get .* --output (yaml|json)$)/;

export const steps: readonly Step[] = [
  ["apply --filename -", deployment],
  ["apply --filename -", deployment],
  ["rollout status deployment/web --timeout 60s"],
  ["get deployments"],
  ["get deployments --output wide"],
  ["get deploy web --output jsonpath={.status.readyReplicas}"],
  ["get replicasets --output wide"],
  ["get pods --output wide"],
  ["get pods --show-labels"],
  ["get pods --sort-by .metadata.name"],
  ["get pods --output name"],
  ["get deployment/web --output yaml"],
  ["get deployment/web --output json"],
  ["describe deployment web"],
  ["describe pods"],
  ["logs deployment/web"],
  ["scale deployment/web --replicas 1"],
  ["rollout status deployment/web --timeout 60s"],
  ["set image deployment/web main=nginx:1.30"],
  ["rollout status deployment/web --timeout 60s"],
  ["rollout history deployment/web"],
  ["rollout undo deployment/web"],
  ["rollout restart deployment/web"],
  ["rollout status deployment/web --timeout 60s"],
  ["annotate deployment web note=a"],
  ["label deployment web tier=a"],
  ['patch deployment web --patch {"spec":{"replicas":0}}'],
  ["wait deployment/web --for condition=Available --timeout 60s"],
  ["get deployments --selector tier=a"],
  ["get events --output name --field-selector involvedObject.kind=Lost"],
  ["delete deployment web"],
  ["get deployment web"],
  ["apply --filename -", ...others],
  ["rollout status statefulset/web --timeout 60s"],
  ["rollout status daemonset/web --timeout 60s"],
  ["wait poddisruptionbudget/web --for jsonpath={.status.disruptionsAllowed}=1 --timeout 60s"],
  ...others.map(({ kind }): Step => [`get ${kind} web --output wide`]),
  ...others.map(({ kind }): Step => [`describe ${kind} web`]),
  ["get namespaces default"],
  ["auth can-i --list --as somebody"],
  ["auth can-i create deployments --as somebody"],
  ["auth can-i create deployments.apps --subresource scale"],
  ["api-resources"],
  ["explain deployment"],
  ["apply --filename - --dry-run=server", deployment],
  ["diff --filename -", ...others.slice(0, 1)],
  ["replace --filename -", { ...others[0], data: {} }],
  ["delete --filename -", { apiVersion: "v1", kind: "List", items: others }],
  ["delete deployment lost --ignore-not-found"],
];

/** A step's outcome, without what no two runs have in common. */
export interface Told extends Outcome {
  readonly command: string;
}

/** Runs the steps one after the other. `call` runs a kubectl command. */
export async function session(call: (command: string, stdin: string) => Promise<Outcome>): Promise<readonly Told[]> {
  const told: Told[] = [];
  for (const [command, ...objects] of steps) {
    const stdin = objects.map((object) => stringify(object)).join("---\n");
    const { exit, stdout, stderr } = await call(command, stdin);
    const output = different.test(command) ? "" : normalised(stdout);
    told.push({ command, exit, stdout: output, stderr: normalised(stderr) });
  }
  return told;
}

const words: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "UID"],
  [/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME"],
  [/\b(\d+[ydhms]){1,2}\b/g, "AGE"],
  [/\b\d+\.\d+\.\d+\.\d+\b/g, "IP"],
  [/(?<=web-)[bcdfghjklmnpqrstvwxz2456789]{8,10}(-[bcdfghjklmnpqrstvwxz2456789]{5})?/g, "HASH"],
  [/(?<=web-)[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "HASH"],
  [/(?<=pod-template-hash=)\w+/g, "HASH"],
  [/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000/g, "TIME"],
  [/(?<=Resource Version: +)\d+/g, "VERSION"],
  [/\b(sandbox|backend-node)\b/g, "NODE"],
  [/^Waiting for .*\n/gm, ""],
  [/ *\n/g, "\n"],
  [/ {2,}/g, "  "],
  // A PodDisruptionBudget that is made before its Pods: on a busy machine.
  [/Events:\n.*\n.*\n.* NoPods .*\n/, "Events:  <none>\n"],
];

const normalised = (text: string): string => words.reduce((rest, [from, to]) => rest.replace(from, to), text);
