/** Takes names and addresses out of a text, so that it can be shown to anyone. */

/** Words of Kubernetes that tell nothing of a cluster. All else between quotes goes: there, names stand. */
const plain =
  /^(|apps|v1|rbac\.authorization\.k8s\.io|authorization\.k8s\.io|configmaps|deployments|namespaces|pods|events|replicasets|roles|rolebindings|clusterroles|clusterrolebindings|subjectaccessreviews)$/;

/** What an account, a cluster and a computer look like, in the order in which they are looked for. */
const patterns = [
  String.raw`https?:\/\/\S+`,
  String.raw`arn:[\w*-]*:\S*`,
  String.raw`"[^"\n]*"|'[^'\n]*'`,
  String.raw`\b(?:[\w-]+\.)+(?:com|cn|net|org|io|aws|gov|eu|internal|local)\b(?:\.cn)?`,
  String.raw`[\w.+-]+@[\w.-]+`,
  String.raw`\b(?:subnet|sg|sgr|vpc|eni|rtb|igw|nat|i|vpce)-[0-9a-f]{6,}\b`,
  String.raw`\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{8,}\b`,
  String.raw`\b\d{1,3}(?:\.\d{1,3}){3}\b`,
  String.raw`\b(?:[0-9a-f]{1,4}:){2,}[0-9a-f:.]*`,
  String.raw`\d{12}`,
  "[0-9a-f]{8}-[0-9a-f-]{20,}",
  String.raw`(?:[A-Za-z]:|~)?(?:[\\/][\w.@%+=-]+){2,}[\\/]?`,
  String.raw`\beks-lambda-[\w-]+`,
];

const removed = "…";
const longest = 2_000;

/** `known`: values that must not be in it, whatever they look like. */
export function redacted(text: string, known: readonly (string | undefined)[]): string {
  const values = known.flatMap((one) => one || []).sort((a, b) => b.length - a.length);
  const literal = values.map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const isPlain = (found: string) =>
    found.startsWith('"') && plain.test(found.slice(1, -1)) && !values.includes(found.slice(1, -1));
  const all = new RegExp([...literal, ...patterns].join("|"), "gi");
  return text.slice(0, longest).replace(all, (found) => (isPlain(found) ? found : removed));
}
