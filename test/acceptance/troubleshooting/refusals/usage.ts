/** What is wrong in what was typed: found before anything is touched. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { credentialsOf } from "../../support/names.ts";
import { mint } from "../../support/token.ts";
import type { World } from "../../support/world.ts";
import { alreadySetUp, setup } from "../given.ts";
import type { Refusal } from "../refusal.ts";

const kubeconfig = async ({ home }: World) => {
  const text = `apiVersion: v1
kind: Config
clusters:
- { name: other, cluster: { server: "https://other.example.com" } }
users:
- { name: ada, user: { token: secret } }
contexts:
- { name: work, context: { cluster: other, user: ada } }
`;
  await mkdir(join(home, ".kube"), { recursive: true });
  await writeFile(join(home, ".kube/config"), text);
  return undefined;
};

const tokenOf = ({ backend, names }: World, age: number) =>
  mint({ cluster: names.cluster, region: names.region, credentials: credentialsOf(backend), age });

export const usage: readonly Refusal[] = [
  {
    code: "InvalidFlag",
    when: "a flag's value cannot be one",
    command: (names) => `${setup(names)} --namespace Web_Shop`,
    why: "Kubernetes and AWS restrict what names may look like, and refuse others late and one at a time.",
    mend: "a value as the message describes it. Nothing was read or written.",
    doctor: "stack NotSetUp",
  },
  {
    code: "InvalidEvent",
    when: "a field of an event is not what it must be",
    command: () => `invoke --event '{"replicas":"three"}'`,
    why: "events are checked against the table of actions, here and in the function, before anything is done.",
    mend: "the field as the message says. `eks-lambda invoke --help` has examples.",
    doctor: "stack NotSetUp",
  },
  {
    code: "InvalidEvent",
    when: "an event is not JSON",
    command: () => "invoke --event {name:web}",
    why: "shells take quotes away: the event that arrives is not the one that was typed.",
    mend: "single quotes around the event, double quotes in it; or a file: `--event @event.json`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "ConfirmationNeeded",
    when: "teardown runs where nobody can be asked",
    given: alreadySetUp,
    command: ({ cluster }) => `teardown --cluster ${cluster}`,
    why: "what cannot be undone is asked about, and a pipeline has nobody who answers.",
    mend: "`--dry-run` to see what would go, then `--yes`.",
    doctor: "sound",
  },
  {
    code: "ContextNotFound",
    when: "--context names no context of the kubeconfig",
    given: kubeconfig,
    command: (names) => `${setup(names)} --context wrok`,
    why: "the kubeconfig that is read is the one that kubectl reads: `KUBECONFIG`, or `~/.kube/config`.",
    mend: "one of the names in the hint, or no `--context` at all: then your AWS identity is used.",
    doctor: "stack NotSetUp",
  },
  {
    code: "ContextOfOtherServer",
    when: "--context is that of another cluster",
    given: kubeconfig,
    command: (names) => `${setup(names)} --context work`,
    why: "the stack would be for one cluster and the permissions would be made in another.",
    mend: "the context of this cluster; `--allow-other-server` when the context's server is a tunnel to it.",
    doctor: "stack NotSetUp",
  },
  {
    code: "NoBackups",
    when: "there is nothing to restore",
    command: ({ cluster }) => `aws-auth restore --cluster ${cluster}`,
    why: "texts of aws-auth are kept on the computer that wrote them, one before each write.",
    mend: "run it on the computer and as the user that ran setup.",
    doctor: "stack NotSetUp",
  },
  {
    code: "TokenInvalid",
    when: "a token is none of EKS's",
    command: () => "doctor --token -",
    stdin: async () => "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl",
    why: "EKS takes `k8s-aws-v1.` and a presigned URL of STS; this one is a service account's, say.",
    mend: "a token of `eks-lambda token` or `aws eks get-token`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "TokenInvalid",
    when: "a token holds what the authenticator does not allow",
    command: () => "doctor --token -",
    stdin: async (world) => {
      const url = Buffer.from((await tokenOf(world, 0)).slice("k8s-aws-v1.".length), "base64url").toString();
      return `k8s-aws-v1.${Buffer.from(`${url}&x-k8s-aws-id=demo`).toString("base64url")}`;
    },
    why: "the cluster's name has to be a signed header; as a query key the authenticator refuses it. Libraries for presigning URLs that move headers into the query make such tokens.",
    mend: "sign `host;x-k8s-aws-id` as headers, or take `eks-lambda token`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "TokenExpired",
    when: "a token is older than 15 minutes",
    command: () => "doctor --token -",
    stdin: (world) => tokenOf(world, 16 * 60),
    why: "STS accepts a presigned URL for 15 minutes after its signing, whatever `X-Amz-Expires` says.",
    mend: "a new token for each use: let kubectl call `eks-lambda token` by its exec plugin, which setup configures.",
    doctor: "stack NotSetUp",
  },
];
