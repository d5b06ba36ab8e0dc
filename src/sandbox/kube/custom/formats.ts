/**
 * Formats of texts, as far as the API server knows them; it ignores others.
 * Source: k8s.io/apiextensions-apiserver/pkg/apiserver/validation/formats.go, k8s.io/kube-openapi/pkg/validation/strfmt
 */
import { isIPv4, isIPv6 } from "node:net";

type Format = (text: string) => boolean;

const matching =
  (pattern: RegExp): Format =>
  (text) =>
    pattern.test(text);
const hex = "[0-9a-f]";
const uuid = (third: string, fourth: string): Format =>
  matching(new RegExp(`^${hex}{8}-?${hex}{4}-?${third}-?${fourth}-?${hex}{12}$`, "i"));

const isDate: Format = (text) => {
  const [, year = 0, month = 0, day = 0] = (/^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []).map(Number);
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
};

const isDateTime: Format = (text) => {
  const [date = "", time = "", ...more] = text.toLowerCase().split("t");
  const [, hours = "", minutes = "", seconds = ""] = /^(\d\d):(\d\d):(\d\d)(.\d+)?(z|[+-]\d\d:\d\d)$/.exec(time) ?? [];
  return more.length === 0 && isDate(date) && hours !== "" && hours <= "23" && minutes <= "59" && seconds <= "59";
};

const goDuration = /^[-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/;
/** As Scala writes it, `2 days`; what is around it does not count. */
const scalaDuration =
  /(?<!\d)\d+\s*(nano[a-zµ]*|micro[a-zµ]*|milli[a-zµ]*|sec[a-zµ]*|min[a-zµ]*|hour[a-zµ]*|day[a-zµ]*|week[a-zµ]*|ns|us|µs|ms|s|m|hr?|d|wk?)(?![a-zµ])/i;
const isDuration: Format = (text) => goDuration.test(text) || scalaDuration.test(text);

/** Also with zeros before a number. */
const plain = (text: string): string => text.replace(/(^|[.:])0+(?=\d+(\.|$))/g, "$1");
const isIp: Format = (text) =>
  text.length < 100 && (isIPv4(plain(text)) || (isIPv6(plain(text)) && !text.includes("%")));
const isCidr: Format = (text) => {
  const [, address = "", bits = ""] = /^([^/]*)\/(\d{1,3})$/.exec(text) ?? [];
  return isIp(address) && Number(bits) <= (address.includes(":") ? 128 : 32);
};

const isMac: Format = (text) =>
  /^(([0-9a-f]{2}(:[0-9a-f]{2})+)|([0-9a-f]{2}(-[0-9a-f]{2})+)|([0-9a-f]{4}(\.[0-9a-f]{4})+)|[0-9a-f]+)$/i.test(text) &&
  [12, 16, 40].includes(text.replace(/[^0-9a-f]/gi, "").length);

/** Source: `ParseRequestURI` of net/url */
export const isUri: Format = (text) => {
  if (/\p{Cc}/u.test(text)) return false;
  if (text === "*") return true;
  const [, scheme, rest = ""] = /^(?:([a-z][a-z0-9+.-]*):)?(.*)$/is.exec(text) ?? [];
  if (!rest.startsWith("/")) return scheme !== undefined;
  const [, authority = "", path = rest] = (scheme !== undefined && /^\/\/([^/?#]*)(.*)$/s.exec(rest)) || [];
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const isHost = /^(\[[0-9a-f:.%]+\]|(?:[^\s"<>\\^`{|}[\]:%]|%[0-9a-f]{2})*)(:\d*)?$/i.test(host);
  return isHost && !/%(?![0-9a-f]{2})/i.test(path.split(/[?#]/)[0] ?? "");
};

const atom = "[\\w!#$%&'*+/=?^`{|}~\\u0080-\\uffff-]+";
const address = `(?:${atom}(?:\\.${atom})*|"(?:[^"\\\\]|\\\\.)*")@(?:${atom}(?:\\.${atom})*|\\[[^\\]]*\\])`;
const mailbox = new RegExp(`^(?:${address}|[^<>@]*<\\s*${address}\\s*>)$`);
const isEmail: Format = (text) => mailbox.test(text.trim());

const symbol = "[a-zA-Z0-9\\p{S}\\p{L}]";
const hostname = new RegExp(
  `^(${symbol}(-?${symbol}{0,62})?|(${symbol}((?:${symbol}|-){0,61}${symbol})?\\.)+[a-zA-Z\\p{L}]{2,63})$`,
  "u",
);
const isHostname: Format = (text) =>
  hostname.test(text) && Buffer.byteLength(text) <= 255 && text.split(".").every((one) => Buffer.byteLength(one) <= 63);

/** Source: https://en.wikipedia.org/wiki/Luhn_algorithm */
function isCard(text: string): boolean {
  const digits = text.replace(/\D+/g, "");
  const issuers =
    /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800|35\d{3})\d{11})$/;
  const sum = [...digits].reverse().reduce((all, digit, at) => {
    const value = Number(digit) * (1 + (at % 2));
    return all + (value > 9 ? value - 9 : value);
  }, 0);
  return issuers.test(digits) && sum % 10 === 0;
}

const isbnOf = (text: string): string => text.replace(/[\s-]+/g, "");
const numberOf = (digit: string): number => (digit === "X" ? 10 : Number(digit));
const isIsbn10: Format = (text) =>
  /^\d{9}[X\d]$/.test(isbnOf(text)) &&
  [...isbnOf(text)].reduce((all, digit, at) => all + (at + 1) * numberOf(digit), 0) % 11 === 0;
const isIsbn13: Format = (text) =>
  /^\d{13}$/.test(isbnOf(text)) &&
  [...isbnOf(text)].reduce((all, digit, at) => all + (at % 2 === 0 ? 1 : 3) * Number(digit), 0) % 10 === 0;

const shortName = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const number255 = "\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*";

export const formats: ReadonlyMap<string, Format> = new Map<string, Format>([
  ["bsonobjectid", matching(/^[0-9a-f]{24}$/i)],
  ["uri", isUri],
  ["email", isEmail],
  ["hostname", isHostname],
  ["ipv4", (text) => isIp(text) && text.includes(".")],
  ["ipv6", (text) => isIPv6(text) && !text.includes("%")],
  ["cidr", isCidr],
  ["mac", isMac],
  ["uuid", uuid(`${hex}{4}`, `${hex}{4}`)],
  ["uuid3", uuid(`3${hex}{3}`, `${hex}{4}`)],
  ["uuid4", uuid(`4${hex}{3}`, `[89ab]${hex}{3}`)],
  ["uuid5", uuid(`5${hex}{3}`, `[89ab]${hex}{3}`)],
  ["isbn", (text) => isIsbn10(text) || isIsbn13(text)],
  ["isbn10", isIsbn10],
  ["isbn13", isIsbn13],
  ["creditcard", isCard],
  ["ssn", (text) => text.length === 11 && /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text)],
  ["hexcolor", matching(/^#?([0-9a-f]{3}|[0-9a-f]{6})$/i)],
  ["rgbcolor", matching(new RegExp(`^rgb\\(${number255},${number255},${number255}\\)$`))],
  ["byte", (text) => text !== "" && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)],
  ["password", () => true],
  ["date", isDate],
  ["duration", isDuration],
  ["datetime", isDateTime],
  ["k8sshortname", (text) => text.length <= 63 && new RegExp(`^${shortName}$`).test(text)],
  ["k8slongname", (text) => text.length <= 253 && new RegExp(`^${shortName}(\\.${shortName})*$`).test(text)],
]);

/** Undefined for a format that is ignored. */
export const formatOf = (name: string | undefined): Format | undefined =>
  name === undefined ? undefined : formats.get(name.replaceAll("-", ""));
