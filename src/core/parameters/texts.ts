/** How a setting's value is read from the stack's text, and written. An empty text means that it is not set. */
import { EksLambdaError } from "../errors.ts";
import { formatNeed, type Need, parseNeed } from "../kube/need.ts";

/** CloudFormation's limit for the value of a parameter. */
const maxBytes = 4_096;
/** Between the texts that a parameter keeps. */
export const separator = "; ";
/** An empty text would be the default. */
const none = "none";

export const optional = {
  parse: (text: string): string | undefined => text || undefined,
  write: (value: string | undefined): string => value ?? "",
};
export const number = { parse: Number, write: String };
export const optionalNumber = {
  parse: (text: string): number | undefined => (text === "" ? undefined : Number(text)),
  write: (value: number | undefined): string => String(value ?? ""),
};
export const yesNo = { parse: (text: string): boolean => text === "true", write: String };
/** Throws for any other text. */
export function hash(text: string): string {
  if (!/^([0-9a-f]{64})?$/.test(text)) throw new TypeError("no hash");
  return text;
}
export const list = {
  parse: (text: string): readonly string[] => text.split(",").filter(Boolean),
  write: (all: readonly string[]): string => all.join(),
};
export const texts = {
  parse: (text: string): readonly string[] => (text === "" ? [] : text.split(separator)),
  write: (all: readonly string[]): string => all.join(separator),
};

/** An entry in aws-auth that a run made for the function's role, under a name that the role had. */
export interface KeptMapping {
  readonly roleName: string;
  readonly username: string;
}

/** Names of roles and users have neither character. */
export const mappings = {
  parse: (text: string): readonly KeptMapping[] =>
    Array.from(text.matchAll(/([^ /]+)\/([^ ]+)/g), ([, roleName = "", username = ""]) => ({ roleName, username })),
  write: (all: readonly KeptMapping[]): string =>
    all.map(({ roleName, username }) => `${roleName}/${username}`).join(" "),
};

export const needs = {
  /** Throws `InvalidNeed`. */
  parse: (text: string): readonly Need[] => (text === none ? [] : text.split(separator).map(parseNeed)),
  /** Throws `TooManyRights`. */
  write: (all: readonly Need[]): string =>
    texts.write(
      within(
        all.length === 0 ? [none] : all.map(formatNeed),
        `the function's ${all.length} rights`,
        "declare fewer names",
      ),
    ),
};

/** The texts, which one parameter must keep; `what` they are, and what to do `instead` if there are too many. Throws `TooManyRights`. */
export function within(all: readonly string[], what: string, instead: string): readonly string[] {
  const bytes = Buffer.byteLength(texts.write(all));
  if (bytes <= maxBytes) return all;
  throw new EksLambdaError(
    "TooManyRights",
    `${what} take ${bytes} bytes, more than the ${maxBytes} that a stack keeps`,
    { hint: `${instead}, or split the function into several with --name` },
  );
}
