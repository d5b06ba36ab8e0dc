/** Rules for names and labels, with the API server's messages. Source: k8s.io/apimachinery/pkg/util/validation */
import { randomInt } from "node:crypto";

const alphabet = "bcdfghjklmnpqrstvwxz2456789";
const suffixLength = 5;
/** The end of a generated name. */
export const suffix = (): string =>
  Array.from({ length: suffixLength }, () => alphabet[randomInt(alphabet.length)]).join("");
/** The most characters of a `generateName` that are in the name. */
export const mostGenerated = 63 - suffixLength;
export const generatedFrom = (generateName: string): string => generateName.slice(0, mostGenerated) + suffix();

const consists =
  "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const [word, dnsLabel] = ["([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]", "[a-z0-9]([-a-z0-9]*[a-z0-9])?"];
const subdomain = `${dnsLabel}(\\.${dnsLabel})*`;
const rule = (pattern: string, ...examples: readonly string[]): string =>
  `(e.g. ${examples.map((one) => `'${one}'`).join(",  or ")}, regex used for validation is '${pattern}')`;
const matches = (pattern: string, text: string): boolean => new RegExp(`^${pattern}$`).test(text);

/** Returns the problem with a text, or undefined. */
type Check = (text: string) => string | undefined;

const longest = 63;
const tooLong = "must be no more than 63 bytes";

export const withinCharacters =
  (most: number): Check =>
  (text) =>
    text.length > most ? `must be no more than ${most} characters` : undefined;

export const problemOfSubdomain: Check = (text) =>
  matches(subdomain, text)
    ? undefined
    : `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character ${rule(subdomain, "example.com")}`;

/** Of a domain that is searched, whose labels can begin with `_`. */
export const problemOfSearch: Check = (text) => {
  const part = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
  const pattern = `${part}(\\.${part})*`;
  return matches(pattern, text)
    ? undefined
    : `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character ${rule(pattern, "example.com")}`;
};

export const problemOfVariable: Check = (text) =>
  /^[ -<>-~]+$/.test(text)
    ? undefined
    : "a valid environment variable name must consist only of printable ASCII characters other than '='";

const notLabel = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character ${rule(dnsLabel, "my-name", "123-abc")}`;
export const problemOfDnsLabel: Check = (text) => {
  if (matches(dnsLabel, text)) return undefined;
  return matches(subdomain, text) ? "must not contain dots" : notLabel;
};

export const problemOfDns1035Label: Check = (text) =>
  matches("[a-z]([-a-z0-9]*[a-z0-9])?", text)
    ? undefined
    : `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character ${rule("[a-z]([-a-z0-9]*[a-z0-9])?", "my-name", "abc-123")}`;

/** Of Roles and bindings, which can have any name that is one segment of a path. */
export const problemOfSegment: Check = (text) => {
  if (/^\.{1,2}$/.test(text)) return `may not be '${text}'`;
  const found = ["/", "%"].find((one) => text.includes(one));
  return found && `may not contain '${found}'`;
};

export const problemOfDataKey: Check = (text) =>
  matches("[-._a-zA-Z0-9]+", text)
    ? undefined
    : `a valid config key must consist of alphanumeric characters, '-', '_' or '.' ${rule("[-._a-zA-Z0-9]+", "key.name", "KEY_NAME", "key-name")}`;

/** Of a label. */
export function problemsOfKey(key: string): readonly string[] {
  const [last = "", prefix, ...more] = key.split("/").reverse();
  const words = `${consists} ${rule(word, "MyName", "my.name", "123-abc")}`;
  const whole = `a valid label key must ${words} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
  if (more.length > 0) return [whole];
  const problems: string[] = [];
  if (prefix === "") problems.push("prefix part must be non-empty");
  else if (prefix !== undefined) {
    if (prefix.length > 253) problems.push("prefix part must be no more than 253 bytes");
    const problem = problemOfSubdomain(prefix);
    if (problem) problems.push(`prefix part ${problem}`);
  }
  if (last === "") problems.push("name part must be non-empty");
  if (last.length > longest) problems.push(`name part ${tooLong}`);
  if (!matches(word, last)) problems.push(`name part must ${words}`);
  return problems;
}

/** Of a label. */
export function problemsOfValue(value: string): readonly string[] {
  const problems = value.length > longest ? [tooLong] : [];
  if (matches(`(${word})?`, value)) return problems;
  const words = `a valid label must be an empty string or ${consists} ${rule(`(${word})?`, "MyValue", "my_value", "12345")}`;
  return [...problems, words];
}

export const problemOfKey: Check = (key) => problemsOfKey(key)[0];
export const problemOfValue: Check = (value) => problemsOfValue(value)[0];
