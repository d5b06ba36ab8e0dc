/** The flags of each command, by the groups of its help. Those of setup come from the settings. To add another, add it here. */

import { modeNames, oldestMode } from "../core/mapping/modes.ts";
import {
  type Flag,
  type FlagGroup,
  flagName,
  noFlagName,
  type Setting,
  type SettingName,
  settings,
} from "../core/parameters/settings.ts";

/** As commander takes them, `--access <method>`; what the flag does; the values it has, if they are few; what one looks like. */
export type FlagRow = readonly [
  flags: string,
  description: string,
  values?: readonly string[] | undefined,
  like?: RegExp | undefined,
];

export type Table = Readonly<Partial<Record<FlagGroup, Readonly<Record<string, Flag>>>>>;

type FlagOf<K> = K extends SettingName ? ((typeof settings)[K] extends { readonly flag: infer F } ? F : never) : never;
type WithSettings = FlagOf<SettingName>["in"][number];
type SettingFlags<C extends WithSettings, G extends FlagGroup> = {
  readonly [K in SettingName as (typeof settings)[K] extends {
    readonly flag: { readonly group: G; readonly in: readonly (infer N)[] };
  }
    ? C extends N
      ? K
      : never
    : never]: FlagOf<K>;
};

const all: readonly (readonly [string, Setting])[] = Object.entries(settings);

/** The settings that a command takes, of one group. */
function group<C extends WithSettings, G extends FlagGroup>(command: C, name: G): SettingFlags<C, G> {
  const flags = all.flatMap(([key, { flag, initial }]) =>
    flag?.group === name && flag.in.includes(command)
      ? [[key, { ...flag, otherwise: flag.otherwise ?? initial }] as const]
      : [],
  );
  return Object.fromEntries(flags) as SettingFlags<C, G>;
}

const settingsOf = <C extends WithSettings>(command: C) => ({
  Options: group(command, "Options"),
  Access: group(command, "Access"),
  Network: group(command, "Network"),
  Names: group(command, "Names"),
  Production: group(command, "Production"),
});

const one = <const T extends `<${string}>`>(takes: T, says: string, otherwise?: string) => ({ takes, says, otherwise });

const common = {
  region: one("<region>", "AWS region", "AWS_REGION, AWS_DEFAULT_REGION or the profile's region"),
  profile: one("<name>", "AWS profile", "AWS_PROFILE"),
  json: { says: "Print the result as JSON on stdout, and an error as JSON on stderr" },
  quiet: { short: "-q", says: "Print results, questions and errors only" },
  verbose: { short: "-v", says: "Print stack traces of errors, and the function's log" },
} as const satisfies Table["Common"];

const yes = { short: "-y", says: "Don't ask; required without a terminal" } as const;
const writing = {
  dryRun: { says: "Show the plan and write nothing" },
  detailedExitcode: {
    says: "With --dry-run, exit with 0 if there are no changes, 2 if there are, and 1 after any error",
    idle: [{ dryRun: undefined }],
  },
  yes,
} as const;

const cluster = settings.cluster.flag;
const named = settings.name.flag;
const stack = settings.stack.flag;
const entry = settings.entry.flag;
const connection = { context: settings.context.flag, allowOtherServer: settings.allowOtherServer.flag };
const anyFunction = {
  stack,
  function: { ...one("<name>", "Lambda function, if it is not the stack's"), idle: [{ local: true }] },
} as const;

const [setup, teardown] = [settingsOf("setup"), settingsOf("teardown")];
const [exporting, permissions] = [settingsOf("export"), settingsOf("permissions")];

/** `--allow` with rules as for setup, or as for grant, which contain spaces. */
const allowed = (says: string) => ({ ...one("<rules...>", says), like: /^@|^[-+]?[a-z-]+:\S|\s/ }) as const;

/** Flags that grant and revoke share. */
const ofRole = {
  cluster,
  role: one("<arn>", "Existing IAM role, created by SAM, CDK, Terraform or a CI system"),
  ...writing,
} as const;

export const flagTable = {
  setup: { ...setup, Options: { ...setup.Options, ...writing }, Common: common },
  teardown: {
    ...teardown,
    Options: {
      ...teardown.Options,
      ...writing,
      workloads: { says: "Also delete the Deployments that the function created", idle: [{ awsOnly: true }] },
      awsOnly: { says: "Delete only the stack, without the cluster, and print the commands for the rest" },
    },
    Common: common,
  },
  sandbox: {
    Options: {
      cluster: one("<name>", "Name of the cluster", "demo"),
      region: one("<region>", "AWS region", "us-east-1"),
      authMode: {
        ...one("<mode>", `Authentication mode: ${modeNames.join(", ").replace(/,([^,]*)$/, " or$1")}`, oldestMode),
        values: modeNames,
      },
    },
  },
  invoke: {
    Options: {
      filename: {
        ...one("<files...>", "Manifests for apply, delete and run-job: files, folders, or - for standard input"),
        short: "-f",
        like: /[./\\]|^-$/,
      },
      namespace: { ...one("<name>", "Namespace of the object", "the function's"), short: "-n" },
      replicas: one("<number>", "Replicas, for scale and create"),
      image: one("<image>", "Image, or CONTAINER=IMAGE, for set-image and create"),
      set: { ...one("<fields...>", "Other fields of the event: KEY=VALUE"), like: /^[\w-]+=/ },
      wait: { says: "Wait for the rollout or the Job, with the action status, and show it" },
      timeout: one("<seconds>", "Time for --wait, 1 to 900", "900"),
      cluster,
      name: named,
      event: one("<json>", "Event: JSON, @file, or - for standard input", "{}"),
      local: { says: "Run the handler on this computer, as you, without Lambda" },
      entry: { ...one("<file>", "With --local: the file of your own function"), idle: [{ local: undefined }] },
    },
    Access: {
      ...connection,
      context: { ...connection.context, idle: [{ local: undefined }, { local: true, entry: true }] },
    },
    Names: anyFunction,
    Common: common,
  },
  logs: {
    Options: {
      cluster,
      name: named,
      since: one(
        "<time>",
        "From 10m, 2h or 7d ago, or from a time such as 2026-01-31T12:00:00Z",
        "1h, or 7d with --tail",
      ),
      tail: one("<number>", "Show only the last events, without START, END and REPORT"),
      errors: { says: "Show only errors" },
      follow: { short: "-f", says: "Show new events as they arrive, until Ctrl-C" },
    },
    Names: anyFunction,
    Common: common,
  },
  list: { Options: { cluster, name: named }, Access: connection, Common: common },
  doctor: {
    Options: {
      cluster,
      name: named,
      namespace: one("<name>", "Namespace where the function acts", "the stack's"),
      role: one("<arn>", "Check the mapping and rights of another role"),
      token: one("<source>", "Check a token, - for standard input or @file, without sending it anywhere"),
    },
    Access: connection,
    Names: { stack },
    Common: common,
  },
  smoke: {
    Options: {
      cluster,
      yes,
      clean: { says: "Remove what earlier smoke tests left, if they began more than an hour ago" },
      run: { ...one("<id>", "With --clean: remove this smoke test, whenever it began"), idle: [{ clean: undefined }] },
    },
    Access: connection,
    Common: common,
  },
  grant: {
    Options: {
      ...ofRole,
      allow: one(
        "<rules...>",
        "Right: VERBS RESOURCE[.GROUP][/SUBRESOURCE] [NAME...] [@NAMESPACE], @* for every namespace",
      ),
      namespace: one("<name>", "Namespace for rules without @NAMESPACE", "default"),
    },
    Access: { ...connection, shareUsername: { says: "Continue if others are mapped to the role's user" } },
    Common: common,
  },
  revoke: { Options: ofRole, Access: connection, Common: common },
  export: {
    ...exporting,
    Options: {
      ...exporting.Options,
      to: {
        ...one("<tool>", "sam: the account's half, for the SAM CLI; kubectl: the cluster's half"),
        values: ["sam", "kubectl"],
      },
      entry,
      role: one("<arn>", "Export what grant would create for this existing role"),
      allow: allowed("What the function may do, as for setup; with --role, the rules of grant"),
    },
    Common: common,
  },
  permissions: {
    ...permissions,
    Options: {
      ...permissions.Options,
      allow: {
        ...allowed(
          "What the function will be allowed, as for setup; with an entry that declares no rights, as for grant",
        ),
        idle: [{ role: true }, { smoke: true }, { dryRun: true }],
      },
      dryRun: { says: "Print only the rights for setup --dry-run" },
      role: one("<arn>", "Print the rights that grant needs for this role"),
      smoke: {
        says: "Print the rights that smoke needs",
        idle: [{ name: true }, { role: true }, { entry: true }, { dryRun: true }],
      },
    },
    Access: {
      ...permissions.Access,
      enableAccessEntries: { says: "Include the rights that enable access entries for the cluster" },
      context: { ...connection.context, idle: [{ allow: undefined }, { allow: true, entry: true }] },
      allowOtherServer: connection.allowOtherServer,
    },
    Common: common,
  },
  token: { Options: { cluster }, Common: common },
  "aws-auth restore": { Options: { cluster, yes }, Access: connection, Common: common },
  completion: {},
} as const satisfies Readonly<Record<string, Table>>;

export type CommandName = keyof typeof flagTable;

/** What commander gives for a flag. */
type Given<F> = F extends { readonly no: string }
  ? string | boolean
  : F extends { readonly takes: `${string}...>` }
    ? readonly string[]
    : F extends { readonly takes: string }
      ? string
      : boolean;
type Groups<C extends CommandName> = C extends unknown ? (typeof flagTable)[C][keyof (typeof flagTable)[C]] : never;
type Keys<T> = T extends unknown ? keyof T : never;
type At<T, K extends PropertyKey> = T extends Readonly<Record<K, infer F>> ? F : never;

/** The flags of a command as they were typed; of several commands, those of any. */
export type FlagsOf<C extends CommandName> = {
  readonly [K in Keys<Groups<C>>]?: Given<At<Groups<C>, K>>;
};
/** Those of every command. */
export type Flags = FlagsOf<CommandName>;

export const hasFlag = (command: CommandName, name: string): boolean =>
  Object.values(flagTable[command]).some((flags) => Object.hasOwn(flags, name));

/** Flags that an empty value sets to their default: `--memory ''`. Every other flag refuses an empty value. */
export const emptied: ReadonlySet<string> = new Set(
  all.flatMap(([name, one]) => (one.emptied ? [flagName(name)] : [])),
);

export const rowsOf = (flags: Readonly<Record<string, Flag>>): readonly FlagRow[] =>
  Object.entries(flags).flatMap(([name, { short, takes, says, otherwise, values, like, no }]) => {
    const typed = `${short ? `${short}, ` : ""}${flagName(name)}${takes ? ` ${takes}` : ""}`;
    const row: FlagRow = [typed, otherwise ? `${says} (default: ${otherwise})` : says, values, like];
    return no === undefined ? [row] : [row, [noFlagName(name), no] as const];
  });

/** `["-y", "--yes"]` of `-y, --yes`. */
export const namesOf = ([flags]: FlagRow): readonly string[] => flags.match(/(?<=^|, )--?[\w-]+/g) ?? [];
