/** A certificate authority, and certificates for servers by it, as RFC 5280 has them. The values are signed by Node. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import {
  type BaseBlock,
  BitString,
  Boolean as BooleanValue,
  Constructed,
  fromBER,
  Integer,
  ObjectIdentifier,
  OctetString,
  Primitive,
  Sequence,
  Set as SetOf,
  UTCTime,
  Utf8String,
} from "asn1js";

/** A certificate and its key, in PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

interface Subject {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const sequence = (...value: BaseBlock[]) => new Sequence({ value });
const oid = (value: string) => new ObjectIdentifier({ value });
const octets = (valueHex: Uint8Array) => new OctetString({ valueHex });
/** Fields `[0]`, `[1]`, …: with a value in it, or in place of the value's own tag. */
const tag = (tagNumber: number) => ({ idBlock: { tagClass: 3, tagNumber } });
const explicit = (number: number, value: BaseBlock) => new Constructed({ ...tag(number), value: [value] });
const implicit = (number: number, valueHex: Uint8Array) => new Primitive({ ...tag(number), valueHex });
const der = (value: BaseBlock) => new Uint8Array(value.toBER());
const yes = new BooleanValue({ value: true });

/** ecdsa-with-SHA256: an RSA key takes a hundred times as long to generate. */
const algorithm = sequence(oid("1.2.840.10045.4.3.2"));
const commonName = (value: string) =>
  sequence(new SetOf({ value: [sequence(oid("2.5.4.3"), new Utf8String({ value }))] }));
const publicKeyOf = ({ publicKey }: Subject) => publicKey.export({ type: "spki", format: "der" });
const keyIdOf = (subject: Subject) => createHash("sha256").update(publicKeyOf(subject)).digest().subarray(0, 20);

const extension = (id: string, value: BaseBlock) => sequence(oid(id), octets(der(value)));
/** A client that does not know the extension has to refuse the certificate. */
const critical = (id: string, value: BaseBlock) => sequence(oid(id), yes, octets(der(value)));
/** Bits from the left: `keyCertSign` is 5, `digitalSignature` 0. */
const keyUsage = (bits: number, unusedBits: number) =>
  critical("2.5.29.15", new BitString({ valueHex: Uint8Array.of(bits), unusedBits }));

function newSubject(name: string): Subject {
  return { name, ...generateKeyPairSync("ec", { namedCurve: "prime256v1" }) };
}

/** From yesterday, for clients whose clock is behind, and for a year. TLS goes by the system's time. */
function validity() {
  const inDays = (days: number) => new UTCTime({ valueDate: new Date(Date.now() + days * 24 * 60 * 60 * 1000) });
  return sequence(inDays(-1), inDays(365));
}

function certificate(subject: Subject, issuer: Subject, extensions: Sequence): Certified {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40; // Positive, and without leading zeros.
  const content = sequence(
    explicit(0, new Integer({ value: 2 })), // Version 3.
    new Integer({ valueHex: serial }),
    algorithm,
    commonName(issuer.name),
    validity(),
    commonName(subject.name),
    fromBER(publicKeyOf(subject)).result,
    explicit(3, extensions),
  );
  const signature = sign("sha256", der(content), issuer.privateKey);
  const bytes = der(sequence(content, algorithm, new BitString({ valueHex: signature })));
  const lines = Buffer.from(bytes).toString("base64").replace(/.{64}/g, "$&\n");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`,
    key: subject.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** A new authority named `name`: its certificate, and `certify` for a server on this machine. */
export function newAuthority(name: string) {
  const authority = newSubject(name);
  const { cert } = certificate(
    authority,
    authority,
    sequence(
      critical("2.5.29.19", sequence(yes)), // basicConstraints: an authority.
      keyUsage(0b0000_0100, 2),
      extension("2.5.29.14", octets(keyIdOf(authority))), // subjectKeyIdentifier.
    ),
  );
  const certify = (): Certified => {
    const host = "localhost";
    const names = sequence(implicit(2, Buffer.from(host)), implicit(7, Uint8Array.of(127, 0, 0, 1)));
    return certificate(
      newSubject(host),
      authority,
      sequence(
        extension("2.5.29.17", names), // subjectAltName: a DNS name, an IP address.
        extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.1"))), // extKeyUsage: serverAuth.
        keyUsage(0b1000_0000, 7),
        extension("2.5.29.35", sequence(implicit(0, keyIdOf(authority)))), // authorityKeyIdentifier.
      ),
    );
  };
  return { cert, certify };
}
