/** Signatures, and what every service refuses. */
import type { Credentials } from "../../../acceptance/backend.ts";
import type { Group } from "../case.ts";
import type { AwsCall } from "./call.ts";
import { type AwsCase, awsCase, eks, sts } from "./case.ts";
import { cloudFormation } from "./prepare.ts";

const listClusters = eks("GET", "/clusters");
const otherSecret = (own: Credentials) => ({ ...own, secretAccessKey: "another" });
const otherKey = () => ({ accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "unknown" });
const unsigned = ({ authorization, ...rest }: Readonly<Record<string, string>>) => rest;

/** The same mistake in the query protocol and in REST. */
const both = (name: string, fault: Partial<AwsCall>, known?: string): readonly AwsCase[] => [
  { name: `${name}, to STS`, call: sts("GetCallerIdentity", fault), ...(known && { known }) },
  { name: `${name}, to EKS`, call: { ...listClusters, ...fault } },
];

const cases: readonly AwsCase[] = [
  { name: "who am I", call: sts("GetCallerIdentity"), shows: ["Account", "Arn"] },
  ...both("an unknown key", { credentials: otherKey }),
  ...both("another secret", { credentials: otherSecret }),
  ...both(
    "no signature",
    { tamper: unsigned },
    "a call that is not signed names no service: this backend answers as REST, AWS as STS",
  ),
  ...both("another content type than was signed", {
    tamper: (headers) => ({ ...headers, "content-type": `${headers["content-type"]}; charset=utf-8` }),
  }),
  ...both("signed 20 minutes ago", { age: 20 * 60 }),
  ...both("a session token that is not the key's", { credentials: (own) => ({ ...own, sessionToken: "another" }) }),
  { known: "moto fails; AWS documents InvalidAction, 400", name: "an unknown action of STS", call: sts("GetNothing") },
  {
    known: "moto fails; AWS documents InvalidAction, 400",
    name: "an unknown action of CloudFormation",
    call: cloudFormation("GetNothing", {}),
  },
  {
    known: "moto answers a page of HTML; AWS UnknownOperationException",
    name: "an unknown route of EKS",
    call: eks("GET", "/nothing"),
  },
];

export const signatures: Group = {
  title: "AWS: signatures",
  intro: "What every service refuses, in the words of its protocol.",
  prepare: async () => {},
  cases: cases.map(awsCase),
};
