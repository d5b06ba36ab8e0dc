/** Addresses and blocks of them. Source: k8s.io/apimachinery/pkg/util/validation/ip.go */
import { isIP } from "node:net";
import type { Json } from "../object.ts";
import { wrong } from "../status.ts";
import type { Rule, What } from "./field.ts";

export const isAddress: Rule = (value) =>
  !isIP(`${value}`) && wrong(value ?? "", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");

interface Block {
  readonly bits: string;
  readonly length: number;
}
/** Only of IPv4: others have no bits to compare. */
export function blockOf(text: string): Block | undefined {
  const [, address = "", length = ""] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0 || Number(length) > (version === 4 ? 32 : 128)) return undefined;
  const bytes = version === 4 ? address.split(".").map((byte) => Number(byte).toString(2).padStart(8, "0")) : [];
  return { bits: bytes.join(""), length: Number(length) };
}

export const isBlock = (value: Json): What =>
  !blockOf(`${value}`) && wrong(value ?? "", "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");

/** True for a block within another one, and smaller. */
export const isWithin = (inner: Block, outer: Block): boolean =>
  inner.length > outer.length && inner.bits.slice(0, outer.length) === outer.bits.slice(0, outer.length);
