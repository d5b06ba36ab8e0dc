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

const plugin = (server: string) => `apiVersion: v1
kind: Config
clusters:
- { name: plugin, cluster: { server: "${server}", insecure-skip-tls-verify: true } }
users:
- { name: ada, user: { exec: { apiVersion: client.authentication.k8s.io/v1, command: kubelogin, interactiveMode: Never } } }
contexts:
- { name: plugin, context: { cluster: plugin, user: ada } }
`;

const tokenOf = ({ backend, names }: World, age: number) =>
  mint({ cluster: names.cluster, region: names.region, credentials: credentialsOf(backend), age });

export const usage: readonly Refusal[] = [
  {
    code: "UnknownCommand",
    when: "there is no such command",
    command: () => "delete",
    why: "The command is misspelled, or has another name here. Nothing was read or written.",
    fix: "Use a command of `eks-lambda --help`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "UnknownFlag",
    when: "a command has no such flag",
    command: ({ cluster }) => `setup --clutser ${cluster}`,
    why: "The flag is misspelled, or belongs to another command. Nothing was read or written.",
    fix: "Use a flag of the command's `--help`. Flags may stand before the command, too.",
    doctor: "stack NotSetUp",
  },
  {
    code: "UnexpectedArgument",
    when: "a command is given a word that it does not take",
    command: ({ cluster }) => `setup ${cluster}`,
    why: "Names are given with flags, so that it is clear what each of them is. Nothing was read or written.",
    fix: "Use the command in the hint.",
    doctor: "stack NotSetUp",
  },
  {
    code: "UnexpectedArgument",
    when: "the sandbox's command has no -- before it",
    command: () => "sandbox npm test",
    why: "Without `--`, flags of the command would be read as flags of the sandbox.",
    fix: "Use the command in the hint.",
    doctor: "stack NotSetUp",
  },
  {
    code: "InvalidFlag",
    when: "a flag's value is not valid",
    command: (names) => `${setup(names)} --namespace Web_Shop`,
    why: "Kubernetes and AWS restrict names, and refuse others late and one at a time.",
    fix: "Use a value as the message describes. Nothing was read or written.",
    doctor: "stack NotSetUp",
  },
  {
    code: "InvalidVariable",
    when: "the function cannot have a variable of `--env`",
    command: (names) => `${setup(names)} --env AWS_REGION=eu-west-1`,
    why: "Lambda and `setup` set variables themselves, Lambda takes 4,096 bytes for all of them, and CloudFormation replaces text such as `{{resolve:…}}`. No message has a variable's value.",
    fix: "Choose another name or a shorter value. For a secret, pass its ARN, and let the function read it with a right of `--policy`. Nothing was written.",
    doctor: "stack NotSetUp",
  },
  {
    code: "FlagWithoutEffect",
    when: "a flag does nothing together with another",
    command: (names) => `${setup(names)} --enable-access-entries --access aws-auth`,
    why: "A flag that is ignored silently hides a mistake.",
    fix: "Leave out the flag that the message names, or change the other one. Nothing was read or written.",
    doctor: "stack NotSetUp",
  },
  {
    code: "NothingToExport",
    when: "grant makes nothing in the account",
    given: async ({ backend }) => {
      await backend.assumeRole("ci");
      return undefined;
    },
    command: ({ cluster, account }) =>
      `export --to sam --cluster ${cluster} --role arn:aws:iam::${account}:role/ci --allow 'get pods @default'`,
    why: "The role exists, and aws-auth or an existing access entry maps it: only the cluster's half is left.",
    fix: "Export the cluster's half with `--to kubectl`, or let `eks-lambda grant` make it.",
    doctor: "stack NotSetUp",
  },
  {
    code: "ExportChanged",
    when: "an export would overwrite a file that it did not write",
    given: async ({ home }) => {
      await mkdir(join(home, "deploy"), { recursive: true });
      await writeFile(join(home, "deploy/rbac.yaml"), "# ours\n");
      return undefined;
    },
    command: ({ cluster }) => `export --to kubectl --cluster ${cluster} ~/deploy`,
    why: "`export` keeps the hashes of what it wrote in `.eks-lambda-export.json`. A file that was there before, that somebody changed, or that is a link is never overwritten.",
    fix: "Export into an empty folder, and compare the two with `diff -r`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "ExportNotWritten",
    when: "an export cannot write into its folder",
    given: async ({ home }) => {
      await writeFile(join(home, "deploy"), "");
      return undefined;
    },
    command: ({ cluster }) => `export --to kubectl --cluster ${cluster} ~/deploy`,
    why: "The path is a file, belongs to someone else, or its disk is full: the message ends with the system's reason.",
    fix: "Choose another folder. A run that was interrupted is completed by the next one.",
    doctor: "stack NotSetUp",
  },
  {
    code: "InvalidEvent",
    when: "a field of an event is not valid",
    command: () => `invoke --event '{"replicas":"three"}'`,
    why: "Events are checked against the table of actions, here and in the function, before anything is done.",
    fix: "Correct the field as the message says. `eks-lambda invoke --help` has examples.",
    doctor: "stack NotSetUp",
  },
  {
    code: "InvalidEvent",
    when: "an event is not JSON",
    command: () => "invoke --event {name:web}",
    why: "Shells remove quotes: the event that arrives is not the one that you typed.",
    fix: "Use single quotes around the event and double quotes in it, or a file: `--event @event.json`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "ConfirmationNeeded",
    when: "setup or teardown has something to change and there is no terminal",
    command: ({ cluster }) => `setup --cluster ${cluster} --no-kubeconfig`,
    why: "Both show their plan and ask. In a pipeline, with piped input, or when `CI` is set, nobody can answer.",
    fix: "Look at the plan with `--dry-run`, then use `--yes`. A setup that finds nothing to change needs neither.",
    doctor: "stack NotSetUp",
  },
  {
    code: "ContextNotFound",
    when: "--context names a context that is not in the kubeconfig",
    given: wroteKubeconfig(kubeconfig),
    command: (names) => `${setup(names)} --context wrok`,
    why: "It reads the same kubeconfig as kubectl: `KUBECONFIG`, or `~/.kube/config`.",
    fix: "Use one of the names in the hint, or leave `--context` out to use your AWS identity.",
    doctor: "stack NotSetUp",
  },
  {
    code: "ContextOfOtherServer",
    when: "--context belongs to another cluster",
    given: wroteKubeconfig(kubeconfig),
    command: (names) => `${setup(names)} --context work`,
    why: "The stack would be for one cluster and the rights would be created in another.",
    fix: "Use the context of this cluster, or `--allow-other-server` if the context's server is a tunnel to it.",
    doctor: "stack NotSetUp",
  },
  {
    code: "ContextUnusable",
    when: "the command that --context needs is not installed",
    given: async (world) => wroteKubeconfig(plugin(world.backend.cluster.endpoint))(world),
    command: (names) => `${setup(names)} --context plugin`,
    why: "The context's user has an exec plugin, which gives kubectl its credentials. It is missing, fails, or prints something else.",
    fix: "Install it or log in as its message says, or leave `--context` out to use your AWS identity.",
    doctor: "stack NotSetUp",
  },
  {
    code: "KubeconfigInvalid",
    when: "the kubeconfig does not parse",
    given: wroteKubeconfig("apiVersion: v1\nclusters:\n- name: [work\n"),
    command: setup,
    why: "Kubectl refuses this file too, for its syntax or for a value of the wrong type. setup does not rewrite it.",
    fix: "Correct the line in the message, or use `--no-kubeconfig`, which does not touch the file.",
    doctor: "stack NotSetUp",
  },
  {
    code: "KubeconfigUnsupported",
    when: "the kubeconfig has a second document",
    given: wroteKubeconfig("apiVersion: v1\nkind: Config\n---\napiVersion: v1\nkind: Config\n"),
    command: setup,
    why: "Two kubeconfigs were joined in one file: kubectl reads only the first document, and setup would have to drop the other.",
    fix: "Make a file of each, and name both in `KUBECONFIG`, with `:` between them (`;` on Windows).",
    doctor: "stack NotSetUp",
  },
  {
    code: "KubeconfigUnusable",
    when: "the kubeconfig is a folder, a FIFO or a device",
    given: async ({ home }) => void (await mkdir(join(home, ".kube/config"), { recursive: true })),
    command: setup,
    why: "setup replaces the file as a whole, so it must be a regular file of UTF-8 text that you may write.",
    fix: "Choose another file with `--kubeconfig`, or correct its type, encoding or permissions.",
    doctor: "stack NotSetUp",
  },
  {
    code: "KubeconfigUnusable",
    when: "the kubeconfig's folder is read-only",
    command: (names) => `${setup(names)} --kubeconfig /proc/sys/config`,
    why: "setup writes a new file in the folder of the kubeconfig, and renames it. It checks that it may do so before it writes anything.",
    fix: "Choose another file with `--kubeconfig`. Where there is no kubectl, such as in a pipeline, use `--no-kubeconfig`.",
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
    why: "Kubectl and eks-lambda lock the file while they write. A kubectl that was killed leaves its lock behind.",
    fix: "Delete the lock if nothing writes the file, then run setup again; its other steps are done.",
    doctor: "sound",
  },
  {
    code: "NoBackups",
    when: "there is nothing to restore",
    command: ({ cluster }) => `aws-auth restore --cluster ${cluster}`,
    why: "Before each write, the earlier text of aws-auth is saved on the computer that writes.",
    fix: "Run it on the same computer and as the same user as setup.",
    doctor: "stack NotSetUp",
  },
  {
    code: "BackupNotFound",
    when: "a version of aws-auth is asked for that does not exist",
    given: all(async ({ run, names, backend }) => {
      const entry = `- rolearn: arn:aws:iam::${names.account}:role/nodes\n  username: node\n`;
      await putAwsAuth(backend, { mapRoles: entry });
      await run(`${setup(names)} --no-kubeconfig`);
      return undefined;
    }),
    command: ({ cluster }) => `aws-auth restore --cluster ${cluster} yesterday`,
    why: "Versions are named after the time when they were replaced.",
    fix: "Use a name from the hint. Without a name, `aws-auth restore` lists the versions and what each would change.",
    doctor: "sound",
    tidy: (text) => text.replace(/\d{4}(-\d\d){2}T\d\d(-\d\d){2}\.\d+Z/g, "2026-01-02T03-04-05.000Z"),
  },
  {
    code: "BackupFailed",
    when: "the current text of aws-auth cannot be saved",
    given: async ({ home }) => {
      await writeFile(join(home, "state"), "");
      return { XDG_STATE_HOME: join(home, "state") };
    },
    command: setup,
    why: "Aws-auth is not written before its current text is saved.",
    fix: "Make the state folder writable: `XDG_STATE_HOME`, or `~/.local/state`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "TokenInvalid",
    when: "a token is not an EKS token",
    command: () => "doctor --token -",
    stdin: async () => "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl",
    why: "EKS accepts `k8s-aws-v1.` followed by a presigned STS URL. This one may be a service account's token.",
    fix: "Use a token from `eks-lambda token` or `aws eks get-token`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "TokenInvalid",
    when: "a token has a part that the authenticator does not allow",
    command: () => "doctor --token -",
    stdin: async (world) => {
      const url = Buffer.from((await tokenOf(world, 0)).slice("k8s-aws-v1.".length), "base64url").toString();
      return `k8s-aws-v1.${Buffer.from(`${url}&x-k8s-aws-id=demo`).toString("base64url")}`;
    },
    why: "The cluster's name must be a signed header; the authenticator refuses it as a query key. Libraries that move headers into the query when they presign a URL create such tokens.",
    fix: "Sign `host;x-k8s-aws-id` as headers, or use `eks-lambda token`.",
    doctor: "stack NotSetUp",
  },
  {
    code: "TokenExpired",
    when: "a token is older than 15 minutes",
    command: () => "doctor --token -",
    stdin: (world) => tokenOf(world, 16 * 60),
    why: "STS accepts a presigned URL for 15 minutes after its signature, regardless of `X-Amz-Expires`.",
    fix: "Use a new token each time: let kubectl run `eks-lambda token` as its exec plugin, which setup configures.",
    doctor: "stack NotSetUp",
  },
];
