/** Quantities, addresses and URLs in expressions. Source: k8s.io/apiserver/pkg/cel/library */
import { isIPv4, isIPv6 } from "node:net";
import { Refused } from "../../types/errors.ts";
import { quantity } from "../../types/scalars.ts";
import { isUri } from "../formats.ts";
import type { Functions } from "./functions.ts";

/** In billionths, which is how small a quantity can be. */
class Quantity {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
  toString(): string {
    return `${this.value}`;
  }
}
class Ip {
  readonly bits: bigint;
  readonly size: number;
  constructor(bits: bigint, size: number) {
    this.bits = bits;
    this.size = size;
  }
  toString(): string {
    const [width, radix] = this.size === 32 ? [8n, 10] : [16n, 16];
    const parts = Array.from({ length: this.size / Number(width) }, (_, at) =>
      ((this.bits >> (BigInt(this.size) - width * BigInt(at + 1))) & ((1n << width) - 1n)).toString(radix),
    );
    return this.size === 32 ? parts.join(".") : shortened(parts.join(":"));
  }
}
class Cidr {
  readonly ip: Ip;
  readonly length: number;
  constructor(ip: Ip, length: number) {
    this.ip = ip;
    this.length = length;
  }
  toString(): string {
    return `${this.ip}/${this.length}`;
  }
}
class Url {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
  get parts(): readonly string[] {
    return /^(?:([^:/?#]+):)?(?:\/\/(?:[^/?#]*@)?([^/?#@]*))?([^?#]*)(?:\?([^#]*))?/s.exec(this.text) ?? [];
  }
}
export const classes = { Quantity, Ip, Cidr, Url };

const scales: Readonly<Record<string, bigint>> = {
  ...Object.fromEntries(
    ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"].map((name, at) => [name, 1000n ** BigInt(at)]),
  ),
  ...Object.fromEntries(
    ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].map((name, at) => [name, 1024n ** BigInt(at + 1) * 10n ** 9n]),
  ),
};
const one = 10n ** 9n;
function quantityOf(text: string): Quantity {
  // Longer ones are not quantities that anything has, and take long.
  const isRead = text === text.trim() && text.length < 100 && !/[eE][-+]?\d{3}/.test(text);
  if (!isRead)
    throw new Refused("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  const [, sign, whole = "", fraction = "", suffix = ""] =
    /^([-+]?)(\d*)\.?(\d*)(.*)$/.exec(`${quantity(text, text)}`) ?? [];
  const exponent = Number(/^e(.+)$/.exec(suffix)?.[1] ?? 0) + 9;
  const scale = scales[suffix] ?? 10n ** BigInt(Math.max(exponent, 0));
  const value = (BigInt(whole + fraction) * scale) / 10n ** BigInt(fraction.length);
  return new Quantity(sign === "-" ? -value : value);
}
const isWhole = ({ value }: Quantity): boolean => value % one === 0n && BigInt.asIntN(64, value / one) === value / one;
const order = (left: bigint, right: bigint): bigint => (left < right ? -1n : left > right ? 1n : 0n);

const succeeds =
  (parse: (text: string) => unknown) =>
  (text: string): boolean => {
    try {
      parse(text);
      return true;
    } catch {
      return false;
    }
  };

/** As RFC 5952 writes it. */
const shortened = (text: string): string => new URL(`http://[${text}]`).hostname.slice(1, -1);
function ipOf(text: string): Ip {
  const fail = (why: string): never => {
    throw new Error(`IP Address ${JSON.stringify(text)} parse error during conversion from string: ${why}`);
  };
  if (isIPv4(text))
    return new Ip(
      text.split(".").reduce((all, part) => (all << 8n) | BigInt(part), 0n),
      32,
    );
  if (!isIPv6(text) || text.includes("%")) return fail(`ParseAddr(${JSON.stringify(text)}): unable to parse IP`);
  const [first = [], last = []] = shortened(text)
    .split("::")
    .map((part) => part.split(":").filter(Boolean));
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => "0");
  const bits = [...first, ...zeros, ...last].reduce((all, part) => (all << 16n) | BigInt(`0x${part}`), 0n);
  return bits >> 32n === 0xffffn ? fail("IPv4-mapped IPv6 address is not allowed") : new Ip(bits, 128);
}
function cidrOf(text: string): Cidr {
  const [, address = "", bits = ""] = /^(.*)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const ip = succeeds(ipOf)(address) ? ipOf(address) : undefined;
  if (!ip || Number(bits) > ip.size)
    throw new Error(
      `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)})`,
    );
  return new Cidr(ip, Number(bits));
}
const starts = ({ bits, size }: Ip, [prefix, length]: readonly [bigint, number]): boolean =>
  bits >> BigInt(size - length) === prefix;
const contains = ({ ip, length }: Cidr, other: Ip): boolean =>
  other.size === ip.size && starts(other, [ip.bits >> BigInt(ip.size - length), length]);
const containsAll = (outer: Cidr, inner: Cidr): boolean => inner.length >= outer.length && contains(outer, inner.ip);
/** By the first bits of an IPv4 and of an IPv6 address. */
const within =
  (v4: readonly [bigint, number], v6: readonly [bigint, number]) =>
  (ip: Ip): boolean =>
    starts(ip, ip.size === 32 ? v4 : v6);
const [isLoopback, isLinkLocal, isMulticast] = [
  within([127n, 8], [1n, 128]),
  within([0xa9fen, 16], [0x3fan, 10]),
  within([0xen, 4], [0xffn, 8]),
];

function urlOf(text: string): Url {
  if (!isUri(text))
    throw new Error(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    );
  return new Url(text);
}
const port = /:(\d*)$/;
function queryOf({ parts }: Url): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, readonly string[]>();
  for (const [key, value] of new URLSearchParams(parts[4])) all.set(key, [...(all.get(key) ?? []), value]);
  return all;
}

export const ofKubernetes: Functions = {
  "quantity(string): Quantity": quantityOf,
  "isQuantity(string): bool": succeeds(quantityOf),
  "sign(Quantity): int": ({ value }: Quantity) => order(value, 0n),
  "Quantity.isGreaterThan(Quantity): bool": (left: Quantity, right: Quantity) => left.value > right.value,
  "Quantity.isLessThan(Quantity): bool": (left: Quantity, right: Quantity) => left.value < right.value,
  "Quantity.compareTo(Quantity): int": (left: Quantity, right: Quantity) => order(left.value, right.value),
  "Quantity.asApproximateFloat(): double": ({ value }: Quantity) => Number(value) / 1e9,
  "Quantity.isInteger(): bool": isWhole,
  "Quantity.asInteger(): int": (quantity: Quantity) => {
    if (!isWhole(quantity)) throw new Error("cannot convert value to integer");
    return quantity.value / one;
  },
  "Quantity.add(Quantity): Quantity": (left: Quantity, right: Quantity) => new Quantity(left.value + right.value),
  "Quantity.add(int): Quantity": (left: Quantity, right: bigint) => new Quantity(left.value + right * one),
  "Quantity.sub(Quantity): Quantity": (left: Quantity, right: Quantity) => new Quantity(left.value - right.value),
  "Quantity.sub(int): Quantity": (left: Quantity, right: bigint) => new Quantity(left.value - right * one),

  "ip(string): Ip": ipOf,
  "isIP(string): bool": succeeds(ipOf),
  "Ip.family(): int": ({ size }: Ip) => (size === 32 ? 4n : 6n),
  "Ip.isUnspecified(): bool": ({ bits }: Ip) => bits === 0n,
  "Ip.isLoopback(): bool": isLoopback,
  "Ip.isLinkLocalMulticast(): bool": within([0xe00000n, 24], [0xff02n, 16]),
  "Ip.isLinkLocalUnicast(): bool": isLinkLocal,
  "Ip.isGlobalUnicast(): bool": (ip: Ip) =>
    !(ip.bits === 0n || isLoopback(ip) || isMulticast(ip) || isLinkLocal(ip) || `${ip}` === "255.255.255.255"),
  "cidr(string): Cidr": cidrOf,
  "isCIDR(string): bool": succeeds(cidrOf),
  "Cidr.containsIP(string): bool": (cidr: Cidr, text: string) => contains(cidr, ipOf(text)),
  "Cidr.containsIP(Ip): bool": contains,
  "Cidr.containsCIDR(string): bool": (cidr: Cidr, text: string) => containsAll(cidr, cidrOf(text)),
  "Cidr.containsCIDR(Cidr): bool": containsAll,
  "Cidr.ip(): Ip": ({ ip }: Cidr) => ip,
  "Cidr.prefixLength(): int": ({ length }: Cidr) => BigInt(length),
  "Cidr.masked(): Cidr": ({ ip, length }: Cidr) => {
    const rest = BigInt(ip.size - length);
    return new Cidr(new Ip((ip.bits >> rest) << rest, ip.size), length);
  },

  "url(string): Url": urlOf,
  "isURL(string): bool": succeeds(urlOf),
  "Url.getScheme(): string": ({ parts }: Url) => parts[1]?.toLowerCase() ?? "",
  "Url.getHost(): string": ({ parts }: Url) => parts[2] ?? "",
  "Url.getHostname(): string": ({ parts }: Url) => parts[2]?.replace(port, "").replace(/^\[|\]$/g, "") ?? "",
  "Url.getPort(): string": ({ parts }: Url) => port.exec(parts[2] ?? "")?.[1] ?? "",
  "Url.getEscapedPath(): string": ({ parts }: Url) => parts[3] ?? "",
  "Url.getQuery(): map<string, list<string>>": queryOf,
};
export const overloadsOfKubernetes: Functions = {
  "string(Ip): string": String,
  "string(Cidr): string": String,
  "ip.isCanonical(string): bool": (_: unknown, text: string) => `${ipOf(text)}` === text,
};
