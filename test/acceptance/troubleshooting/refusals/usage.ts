/** What is wrong in what was typed: found before anything is touched. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { putAwsAuth } from "../../support/cluster.ts";
import { credentialsOf } from "../../support/names.ts";
import { mint } from "../../support/token.ts";
import type { World } from "../../support/world.ts";
import { all, setup, wroteKubeconfig } from "../given.ts";
import type { Refusal } from "../refusal.ts";

const kubeconfig = `apiVersion: v1
kind: Config
clusters:
- { name: other, cluster: { server: "https://other.example.com" } }
users:
- { name: ada, user: { token: secret } }
contexts:
- { name: work, context: { cluster: other, user: ada } }
`;

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
    when: "setup or teardown has something to change and there is no terminal",
    command: ({ cluster }) => `setup --cluster ${cluster} --no-kubeconfig`,
    why: "both show their plan and ask. In a pipeline, where the input is a pipe, or where `CI` is set, nobody can answer.",
    mend: "`--dry-run` to see the plan, then `--yes`. A setup that finds nothing to change needs neither.",
    doctor: "stack NotSetUp",
  },
  {
    code: "ContextNotFound",
    when: "--context names no context of the kubeconfig",
    given: wroteKubeconfig(kubeconfig),
    command: (names) => `${setup(names)} --context wrok`,
    why: "the kubeconfig that is read is the one that kubectl reads: `KUBECONFIG`, or `~/.kube/config`.",
    mend: "one of the names in the hint, or no `--context` at all: then your AWS identity is used.",
    doctor: "stack NotSetUp",
  },
  {
    code: "ContextOfOtherServer",
    when: "--context is that of another cluster",
    given: wroteKubeconfig(kubeconfig),
    command: (names) => `${setup(names)} --context work`,
    why: "the stack would be for one cluster and the permissions would be made in another.",
    mend: "the context of this cluster; `--allow-other-server` when the context's server is a tunnel to it.",
    doctor: "stack NotSetUp",
  },
  {
    code: "KubeconfigInvalid",
    when: "the kubeconfig does not parse",
    given: wroteKubeconfig("apiVersion: v1\nclusters:\n- name: [work\n"),
    command: setup,
    why: "kubectl would refuse this file too, for its syntax or for a value of the wrong type; setup does not rewrite it.",
    mend: "correct the line in the message; or use `--no-kubeconfig`, which leaves the file alone.",
    doctor: "stack NotSetUp",
  },
  {
    code: "KubeconfigUnusable",
    when: "the kubeconfig is a folder, a FIFO or a device",
    given: async ({ home }) => void (await mkdir(join(home, ".kube/config"), { recursive: true })),
    command: setup,
    why: "setup replaces the file as a whole, so it must be a regular file of UTF-8 text that you may write.",
    mend: "choose another file with `--kubeconfig`, or correct its type, encoding or permissions.",
    doctor: "stack NotSetUp",
  },
  {
    code: "KubeconfigLocked",
    when: "another program holds the kubeconfig",
    given: all(wroteKubeconfig(kubeconfig), async ({ home }) => {
      await writeFile(join(home, ".kube/config.lock"), "");
      return undefined;
    }),
    command: setup,
    why: "kubectl and eks-lambda lock the file while they write; a kubectl that was killed leaves its lock behind.",
    mend: "delete the lock when nothing writes the file, then run setup again; its other steps are done.",
    doctor: "sound",
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
    code: "BackupNotFound",
    when: "a text of aws-auth is asked for that was not kept",
    given: all(async ({ run, names, backend }) => {
      const entry = `- rolearn: arn:aws:iam::${names.account}:role/nodes\n  username: node\n`;
      await putAwsAuth(backend, { mapRoles: entry });
      await run(`${setup(names)} --no-kubeconfig`);
      return undefined;
    }),
    command: ({ cluster }) => `aws-auth restore --cluster ${cluster} yesterday`,
    why: "texts are named by the time at which they were replaced.",
    mend: "a name of the hint; without any, `aws-auth restore` lists them with what each would change.",
    doctor: "sound",
    tidy: (text) => text.replace(/\d{4}(-\d\d){2}T\d\d(-\d\d){2}\.\d+Z/g, "2026-01-02T03-04-05.000Z"),
  },
  {
    code: "BackupFailed",
    when: "the text of aws-auth cannot be kept",
    given: async ({ home }) => {
      await writeFile(join(home, "state"), "");
      return { XDG_STATE_HOME: join(home, "state") };
    },
    command: setup,
    why: "aws-auth is not written before what it says is safe.",
    mend: "a state folder that can be written: `XDG_STATE_HOME`, or `~/.local/state`.",
    doctor: "mapping RoleNotMapped",
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
