/** Rules for names and labels, with the API server's messages. Source: k8s.io/apimachinery/pkg/util/validation */

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

export const problemOfSubdomain: Check = (text) =>
  matches(subdomain, text)
    ? undefined
    : `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character ${rule(subdomain, "example.com")}`;

export const problemOfDnsLabel: Check = (text) =>
  text.length <= longest && matches(dnsLabel, text)
    ? undefined
    : `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character ${rule(dnsLabel, "my-name", "123-abc")}`;

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
export function problemOfKey(key: string): string | undefined {
  const [last = "", prefix, ...more] = key.split("/").reverse();
  const words = `${consists} ${rule(word, "MyName", "my.name", "123-abc")}`;
  const whole = `a valid label key must ${words} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
  if (more.length > 0) return whole;
  if (prefix === "") return "prefix part must be non-empty";
  const problem = prefix && problemOfSubdomain(prefix);
  if (problem) return `prefix part ${problem}`;
  if (last === "") return "name part must be non-empty";
  if (last.length > longest) return `name part ${tooLong}`;
  return matches(word, last) ? undefined : `name part must ${words}`;
}

/** Of a label. */
export function problemOfValue(value: string): string | undefined {
  if (value.length > longest) return tooLong;
  if (matches(`(${word})?`, value)) return undefined;
  return `a valid label must be an empty string or ${consists} ${rule(`(${word})?`, "MyValue", "my_value", "12345")}`;
}
