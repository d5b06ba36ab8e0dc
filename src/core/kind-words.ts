/** The words for Kubernetes' own kinds, as kubectl takes them: plural, singular and short names, in any case. */

/** A resource with its group, the singular, and short names. */
const resources = `
deployments.apps deployment deploy
statefulsets.apps statefulset sts
daemonsets.apps daemonset ds
replicasets.apps replicaset rs
cronjobs.batch cronjob cj
jobs.batch job
pods pod po
services service svc
configmaps configmap cm
secrets secret
serviceaccounts serviceaccount sa
namespaces namespace ns
nodes node no
persistentvolumes persistentvolume pv
persistentvolumeclaims persistentvolumeclaim pvc
replicationcontrollers replicationcontroller rc
resourcequotas resourcequota quota
limitranges limitrange limits
ingresses.networking.k8s.io ingress ing
networkpolicies.networking.k8s.io networkpolicy netpol
horizontalpodautoscalers.autoscaling horizontalpodautoscaler hpa
poddisruptionbudgets.policy poddisruptionbudget pdb
storageclasses.storage.k8s.io storageclass sc
priorityclasses.scheduling.k8s.io priorityclass pc
customresourcedefinitions.apiextensions.k8s.io customresourcedefinition crd crds
roles.rbac.authorization.k8s.io role
rolebindings.rbac.authorization.k8s.io rolebinding
clusterroles.rbac.authorization.k8s.io clusterrole
clusterrolebindings.rbac.authorization.k8s.io clusterrolebinding`;

/** Each word, with and without its group, and the resource: `deploy`, `deployments.apps`. */
const words: ReadonlyMap<string, string> = new Map(
  resources
    .trim()
    .split("\n")
    .flatMap((line) => {
      const [resource = "", ...others] = line.split(" ");
      const [plural = "", ...group] = resource.split(".");
      const names = [plural, ...others];
      return [...names, ...names.map((name) => [name, ...group].join("."))].map((name) => [name, resource] as const);
    }),
);

/** `deployments.apps` for `deploy`, `Deployment` or `deployment.apps`; `undefined` for another word. */
export const knownResource = (word: string): string | undefined => words.get(word.toLowerCase());

/** Without groups, for suggestions. */
export const knownWords: readonly string[] = [...words.keys()].filter((word) => !word.includes("."));
