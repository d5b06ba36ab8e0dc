/** The function's environment variables: what `--env` takes, the stack keeps, and Lambda accepts. */
import { usageError } from "../errors.ts";
import { escaped, special } from "../kube/json.ts";

export type Variables = Readonly<Record<string, string>>;

/** What template.yml sets. A test holds both together. */
const ours: ReadonlySet<string> = new Set([
  ...["CLUSTER_CA", "CLUSTER_ENDPOINT", "CLUSTER_NAME", "CLUSTER_NAMESPACE"],
  ...["EKS_LAMBDA_OWNER", "KUBERNETES_USERNAME", "ROLE_ID"],
]);

/** What Lambda sets. Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const lambdas: ReadonlySet<string> = new Set([
  ...["AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
  ...["AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_REGION", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT"],
  ...["FUNCTION_MEMORY_SIZE", "FUNCTION_NAME", "FUNCTION_VERSION", "INITIALIZATION_TYPE", "LOG_GROUP_NAME"].map(
    (name) => `AWS_LAMBDA_${name}`,
  ),
  ...["LOG_STREAM_NAME", "MAX_CONCURRENCY", "METADATA_API", "METADATA_TOKEN", "RUNTIME_API"].map(
    (name) => `AWS_LAMBDA_${name}`,
  ),
]);

/** Source: https://docs.aws.amazon.com/lambda/latest/api/API_Environment.html */
const nameRule = /^[A-Za-z]\w+$/;
/** Control characters but tab and line break, and invalid characters. */
const unprintable = /(?![\t\n])\p{Cc}|\p{Cs}|[\ufffe\uffff]/u;
/** CloudFormation replaces it by what it names: a secret would be in the function's configuration. */
export const dynamicReference = /\{\{resolve:/i;

/** Why the function cannot have this variable, after its name. */
function refusalOf(name: string, value: string): string | undefined {
  if (ours.has(name)) return "is one that setup sets";
  if (lambdas.has(name)) return "is one that Lambda sets";
  if (name === "Ref" || name === "Condition") return "has a name that CloudFormation reads as a reference";
  if (dynamicReference.test(value))
    return "has a value with {{resolve:, which CloudFormation would replace by a secret";
  return unprintable.test(value) ? "has a value with a control character" : undefined;
}

const toSecret =
  "pass the ARN of the secret, and let the function read it: --env DB_SECRET_ARN=arn:… --policy policy.json";

/** No message has a value: it may be a secret. */
const invalid = (what: string, hint: string) => usageError("InvalidVariable", what, hint);

/** A variable that Lambda and CloudFormation take as it is. Throws `InvalidVariable` (usage). */
export function checkVariable(name: string, value: string): void {
  if (!nameRule.test(name))
    throw invalid(
      `the name of the variable "${name.slice(0, 100)}" must be a letter, then letters, digits and _`,
      "choose another name of two characters or more, for example --env TABLE=orders",
    );
  const refusal = refusalOf(name, value);
  if (refusal === undefined) return;
  throw invalid(
    `the variable "${name}" ${refusal}`,
    dynamicReference.test(value) ? toSecret : "choose another name, or another value",
  );
}

/** By name. `undefined`: to remove. */
export type Edits = ReadonlyMap<string, string | undefined>;

/** Reads `NAME=VALUE` and `NAME-`. Throws `InvalidVariable` (usage). */
export function readEdits(texts: readonly string[] = []): Edits {
  const edits = new Map<string, string | undefined>();
  for (const [at, text] of texts.entries()) {
    const [, name, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    const removed = value === undefined ? /^([A-Za-z]\w+)-$/.exec(text)?.[1] : undefined;
    const edited = name ?? removed;
    if (edited === undefined)
      throw invalid(
        `value ${at + 1} of --env is not NAME=VALUE`,
        'write --env TABLE=orders, or --env TABLE- to remove it; the shell\'s variable is --env TABLE="$TABLE"',
      );
    if (edits.has(edited)) throw invalid(`--env has "${edited.slice(0, 100)}" twice`, "leave one of them out");
    checkVariable(edited, value ?? "");
    edits.set(edited, value);
  }
  return edits;
}

export const edited = (before: Variables, edits: Edits): Variables => {
  const all = [...new Map([...Object.entries(before), ...edits])];
  return Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
};

/** The flags that take edits back, and the names whose earlier values no hint shows. */
export function takenBack(edits: Edits, before: Variables) {
  const names = [...edits].flatMap(([name, value]) => (value === before[name] ? [] : [name]));
  const added = names.filter((name) => before[name] === undefined);
  return {
    flags: added.length === 0 ? [] : ["--env", ...added.map((name) => `${name}-`)],
    unshown: names.filter((name) => before[name] !== undefined),
  };
}

/** `undefined` for what is none: the parser's error has the text. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How the stack keeps them. */
export const variables = {
  /** Throws for what setup does not write. */
  parse(text: string): Variables {
    const value = jsonOf(text || "{}");
    const all =
      typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined;
    if (!all?.every((pair): pair is [string, string] => typeof pair[1] === "string"))
      throw invalid("the stack keeps variables that setup did not write", "see who changed the stack's parameters");
    for (const [name, one] of all) checkVariable(name, one);
    return Object.fromEntries(all);
  },
  /** In ASCII, which CloudFormation keeps as it is. */
  write(all: Variables): string {
    const sorted = Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.length === 0 ? "" : JSON.stringify(Object.fromEntries(sorted)).replace(special, escaped);
  },
};

/** Lambda's limit for all variables, measured as JSON. It is also CloudFormation's for the parameter. */
const maxBytes = 4_096;
const bytesOf = (all: Variables): number => Buffer.byteLength(JSON.stringify(all));

/** `own`: those that setup sets. Throws `InvalidVariable` (usage). */
export function refuseTooLarge(all: Variables, own: Variables): void {
  // An empty one needs no room.
  if (Object.keys(all).length === 0) return;
  const [kept, total] = [Buffer.byteLength(variables.write(all)), bytesOf({ ...own, ...all })];
  if (kept <= maxBytes && total <= maxBytes) return;
  throw invalid(
    `the function's variables take ${Math.max(kept, total)} bytes, more than the ${maxBytes} that Lambda takes; those that setup sets take ${bytesOf(own)}`,
    "keep long values in SSM Parameter Store or in the code, and pass their names with --env",
  );
}

/** A reference to a secret is none. */
const reference = /^arn:aws[\w-]*:/;
const referring = /(^|_)(ARN|FILE|ID|NAME|PATH|PREFIX)$/i;
const secretName =
  /(^|_)(API_?KEYS?|CREDENTIALS?|KEYS?|PASS|PASSPHRASE|PASSWD|PASSWORDS?|PWD|SECRETS?|TOKENS?)(_|\d|$)/i;
/** Words in one: `dbPassword`, `MYPASSWORD`. */
const secretWord = /passw(or)?d|passphrase|secret|credential|api_?key|token/i;
const secretValue =
  /\b(AKIA|ASIA)[A-Z0-9]{16}\b|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.|-----BEGIN [A-Z ]*PRIVATE KEY-----|:\/\/[^/\s:@]*:[^/\s@]+@|\b(gh[pousr]|github_pat|glpat|xox[abprs]|sk_live)[_-]\w{10,}/;

export function looksSecret(name: string, value: string): boolean {
  if (secretValue.test(value)) return true;
  if (value === "" || reference.test(value) || referring.test(name)) return false;
  return secretName.test(name) || secretWord.test(name);
}

/** A line for each, for the plan. `before`: to compare what is not shown. */
export const showVariables = (all: Variables, before: Variables = all): readonly string[] =>
  Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      if (!looksSecret(name, value)) return `env ${name}: ${JSON.stringify(value)}`;
      return `env ${name}: (not shown${(before[name] ?? value) === value ? "" : ", another value"})`;
    });

export const secretWarnings = (all: Variables): readonly string[] =>
  Object.entries(all).flatMap(([name, value]) =>
    looksSecret(name, value)
      ? [
          `the variable ${name} looks like a secret, and everyone who may read the function or its stack can read it: store the secret in AWS Secrets Manager, ${toSecret}`,
        ]
      : [],
  );
