/** PodSecurity: the level `restricted` that a namespace enforces. Source: k8s.io/pod-security-admission/policy */
import { at, type KubeObject, listOf, mapOf } from "../object.ts";
import type { Pod, PodSpec, SecurityContext, Template } from "../objects.ts";
import { notSupported } from "../status.ts";

const enforce = "pod-security.kubernetes.io/enforce";
const warn = "pod-security.kubernetes.io/warn";

/** `container "a"`, `containers "a", "b"` */
const listed = (names: readonly string[]): string =>
  `container${names.length > 1 ? "s" : ""} ${names.map((name) => JSON.stringify(name)).join(", ")}`;

/** What a container lacks, unless the Pod has it: the title and the words after the containers' names. */
interface Check {
  readonly lacks: (container: SecurityContext, pod: SecurityContext) => boolean;
  readonly title: string;
  readonly must: string;
  /** The Pod's security context can have it. */
  readonly orPod?: true;
}

const seccomp = /^(RuntimeDefault|Localhost)$/;
const checks: readonly Check[] = [
  {
    lacks: ({ allowPrivilegeEscalation }) => allowPrivilegeEscalation !== false,
    title: "allowPrivilegeEscalation != false",
    must: "must set securityContext.allowPrivilegeEscalation=false",
  },
  {
    lacks: ({ capabilities }) => !capabilities?.drop?.includes("ALL"),
    title: "unrestricted capabilities",
    must: 'must set securityContext.capabilities.drop=["ALL"]',
  },
  {
    lacks: (container, pod) => !(container.runAsNonRoot ?? pod.runAsNonRoot),
    title: "runAsNonRoot != true",
    must: "must set securityContext.runAsNonRoot=true",
    orPod: true,
  },
  {
    lacks: (container, pod) => !seccomp.test((container.seccompProfile ?? pod.seccompProfile)?.type ?? ""),
    title: "seccompProfile",
    must: 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
    orPod: true,
  },
];

const podFields = ["hostNetwork", "hostPID", "hostIPC", "ephemeralContainers"];
/** What a volume of every level can have. */
const volumeFields = /^(name|configMap|csi|downwardAPI|emptyDir|ephemeral|persistentVolumeClaim|projected|secret)$/;
const contextFields = ["privileged", "procMount", "seLinuxOptions", "sysctls", "windowsOptions", "appArmorProfile"];

/** Returns why the namespace does not admit the Pod. */
export const violation = ({ metadata: { labels } }: KubeObject, pod: Pod): string | undefined =>
  judged(labels?.[enforce], pod.spec);

/** A workload, or another object of its group. */
export interface Templated {
  readonly spec?: {
    readonly template?: Template;
    readonly jobTemplate?: { readonly spec?: { readonly template?: Template } };
  };
}

/** Returns the warning about Pods of a workload's template. Without a level of its own, that which is enforced counts. */
export function warningAbout({ metadata: { labels } }: KubeObject, { spec }: Templated): string | undefined {
  const template = (spec?.jobTemplate?.spec ?? spec)?.template?.spec;
  const why = template && judged(labels?.[warn] ?? labels?.[enforce], template);
  return why && `would ${why.replace("violates", "violate")}`;
}

/** Throws 501 for what the sandbox does not judge. */
function judged(level = "privileged", spec: PodSpec): string | undefined {
  if (level === "privileged") return undefined;
  if (level !== "restricted") throw notSupported(`PodSecurity ${JSON.stringify(level)}`);
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const { securityContext: ofPod = {} } = spec;
  const contexts: readonly SecurityContext[] = [
    ofPod,
    ...containers.map(({ securityContext = {} }) => securityContext),
  ];
  const strange = [
    ...podFields.filter((field) => at(spec, field)),
    ...listOf(at(spec, "volumes")).flatMap((one) =>
      Object.keys(mapOf(one)).filter((field) => !volumeFields.test(field)),
    ),
    ...contextFields.filter((field) => contexts.some((one) => at(one, field))),
    ...(contexts.some(({ runAsUser, capabilities }) => runAsUser === 0 || capabilities?.add) ? ["root"] : []),
  ];
  if (strange.length > 0) throw notSupported(`${strange.join(", ")} of a Pod in a namespace with PodSecurity`);
  const found = checks.flatMap(({ lacks, title, must, orPod }) => {
    const names = containers
      .filter(({ securityContext = {} }) => lacks(securityContext, ofPod))
      .map(({ name }) => name);
    return names.length > 0 ? [`${title} (${orPod ? "pod or " : ""}${listed(names)} ${must})`] : [];
  });
  return found.length > 0 ? `violates PodSecurity "restricted:latest": ${found.join(", ")}` : undefined;
}
