/** A hand-written kubeconfig without our entries. */
export const othersKubeconfig = `# mine
apiVersion: v1
kind: Config
current-context: work
clusters:
- { name: work, cluster: { server: https://10.0.0.1 } }
contexts:
- { name: work, context: { cluster: work, user: work } }
users:
- { name: work, user: { token: "secret" } }
`;
