/** Wrong usage exits with 2 before any request is sent. */
import { testRefusals } from "./support/refusal.ts";

const nobody = async () => ({ AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
const usage = (when: string, command: string, says: string) => ({
  when,
  given: nobody,
  command: () => command,
  exit: 2 as const,
  says: () => says,
});
const flag = (name: string, value: string, must: string) =>
  usage(
    `a wrong --${name}`,
    `setup --cluster demo --${name} '${value}'`,
    `error --${name} is "${value}"; it must be ${must} (InvalidFlag)\n`,
  );
const event = (when: string, event: string, says: string) =>
  usage(when, `invoke --cluster demo --event '${event}'`, `error ${says} (InvalidEvent)\n`);

testRefusals([
  usage(
    "the version's flag of a command that has none",
    "setup --yes -V",
    "error setup has no flag -V (UnknownFlag)\nhint  `eks-lambda --version` shows the version\n",
  ),
  usage(
    "a verb that no request has",
    "grant --cluster demo --role arn:aws:iam::111122223333:role/ci --allow 'gett pods' --yes",
    'error no request has the verb "gett" (in "gett pods @default") (InvalidNeed)\nhint  did you mean "get pods @default"?\n',
  ),
  usage(
    "a mistyped flag",
    "setup --clutser demo",
    "error setup has no flag --clutser (UnknownFlag)\nhint  did you mean `eks-lambda setup --cluster demo`? `eks-lambda setup --help --all` shows its flags\n",
  ),
  usage(
    "a mistyped command",
    "stup",
    'error there is no command "stup" (UnknownCommand)\nhint  did you mean `eks-lambda setup`? `eks-lambda --help` shows the commands\n',
  ),
  usage(
    "a flag without its value",
    "setup --cluster",
    "error --cluster has no value (InvalidFlag)\nhint  give one: --cluster <name>\n",
  ),
  usage(
    "a value for a flag that takes none",
    "teardown --yes=false",
    'error --yes takes no value "false" (InvalidFlag)\nhint  write only --yes, or leave it out\n',
  ),
  usage(
    "a cluster without its flag",
    "setup demo",
    'error setup takes no argument "demo" (UnexpectedArgument)\nhint  name the cluster with a flag: eks-lambda setup --cluster demo\n',
  ),
  usage(
    "a command in the sandbox without --",
    "sandbox eks-lambda setup --yes",
    "error sandbox takes its command after -- (UnexpectedArgument)\nhint  eks-lambda sandbox -- eks-lambda setup --yes\n",
  ),
  usage(
    "a command of its own in the sandbox without --",
    "sandbox setup --yes",
    "error sandbox takes its command after -- (UnexpectedArgument)\nhint  eks-lambda sandbox -- eks-lambda setup --yes\n",
  ),
  usage(
    "an unknown shell",
    "completion tcsh",
    'error no completion for the shell "tcsh"; it must be one of bash, zsh, fish (InvalidFlag)\n',
  ),
  usage(
    "an empty event from standard input",
    "invoke --cluster demo --event -",
    "error the event from standard input is empty (InvalidEvent)\nhint  leave --event out to send {}\n",
  ),
  usage(
    "an empty --cluster",
    "token --cluster ''",
    "error --cluster is empty (InvalidFlag)\nhint  give a value, or leave the flag out: --cluster <name>\n",
  ),
  usage(
    "an empty --region",
    "teardown --cluster demo --dry-run --region ''",
    "error --region is empty (InvalidFlag)\nhint  give a value, or leave the flag out: --region <region>\n",
  ),
  usage(
    "an empty --kubeconfig",
    "setup --cluster demo --kubeconfig ''",
    "error --kubeconfig is empty (InvalidFlag)\nhint  give a value, or leave the flag out: --kubeconfig <file>\n",
  ),
  usage(
    "a wrong --namespace of doctor",
    "doctor --cluster demo --namespace ../../x",
    'error --namespace is "../../x"; it must be at most 63 lower-case letters, digits and `-` (InvalidFlag)\n',
  ),
  flag("namespace", "Web", "at most 63 lower-case letters, digits and `-`"),
  flag(
    "username",
    "system:admin",
    "letters, digits and `.@:+=,_-`, and not begin with system:, eks:, aws:, amazon: or iam:",
  ),
  flag("stack", "my_stack", "a letter, then letters, digits and `-`, at most 128"),
  flag("function-name", "my function", "at most 64 letters, digits, `-` and `_`"),
  flag("role-name", "my/role", "at most 64 letters, digits and `+=,.@_-`"),
  flag("rbac-name", "Mine", "lower-case letters, digits, `-` and `.`"),
  flag("log-retention", "2", "a number of days that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, …"),
  flag("permissions-boundary", "boundary", "the ARN of a policy, arn:…:iam::…:policy/…"),
  flag("cloudformation-role-arn", "role", "the ARN of a role, arn:…:iam::…:role/…"),
  flag("tags", "team", "KEY=VALUE, the key not beginning with aws:"),
  flag("access", "both", "one of auto, aws-auth, access-entry"),
  flag("exec", "kubelogin", "one of auto, eks-lambda, aws, npx"),
  {
    ...event("an event that is not JSON", "{", ""),
    says: () =>
      /^error the event is not JSON: .*: \{ \(InvalidEvent\)\nhint {2}for example --event '\{"name":"web","replicas":3\}'\n$/,
  },
  usage(
    "an event's file that is not JSON, of which nothing is shown",
    "invoke --event @test/fixtures/aws-auth/ordinary.yaml",
    "error the event in test/fixtures/aws-auth/ordinary.yaml is not JSON (InvalidEvent)\nhint  `jq . test/fixtures/aws-auth/ordinary.yaml` shows where\n",
  ),
  event("an event that is no object", "[]", "the event is []; it must be a JSON object, or nothing"),
  event(
    "an event nested 5,000 deep",
    `{"name":${"[".repeat(5_000)}${"]".repeat(5_000)}}`,
    "`name` is nested too deeply to be shown; it must be at most 63 lower-case letters, digits and `-`, beginning and ending with a letter or digit",
  ),
  event(
    "an unknown action",
    '{"action":"destroy"}',
    '`action` is "destroy"; it must be one of create, set-image, undo, restart, scale, suspend, resume, apply, delete, run-job, status, get, check',
  ),
  event(
    "an unknown field",
    '{"nmae":"web"}',
    "unknown field `nmae`: the fields of `create` are namespace, resource, name, replicas, image, resources, securityContext, imagePullSecrets, ports",
  ),
  event(
    "a wrong number of replicas",
    '{"replicas":"3"}',
    '`replicas` is "3"; it must be a whole number from 0 to 2147483647',
  ),
  event(
    "a name that is none",
    '{"name":"Web"}',
    '`name` is "Web"; it must be at most 63 lower-case letters, digits and `-`, beginning and ending with a letter or digit',
  ),
  usage(
    "an object that the action does not act on",
    "invoke --cluster demo create pods/foo",
    'error `create` does not act on "pods" (InvalidEvent)\nhint  it acts on deployments.apps\n',
  ),
  usage(
    "a kind that the action does not act on",
    "invoke --cluster demo restart pods/web",
    'error `restart` does not act on "pods" (InvalidEvent)\nhint  it acts on deployments.apps, statefulsets.apps, daemonsets.apps\n',
  ),
  usage(
    "an event's file that is not there",
    "invoke --event @missing.json",
    "error the event's file cannot be read: ENOENT: no such file or directory, open 'missing.json' (InvalidEvent)\n",
  ),
]);
