/** Each error of the function has its hint in the CLI, with commands that repeat the flags of a run. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { repeating, withWords } from "../../../src/cli/hints.ts";
import { asAnswered, forLambda, functionError } from "../../../src/core/actions/function-error.ts";
import { refuseOtherImages } from "../../../src/core/actions/images.ts";
import { type Allowed, notAllowed } from "../../../src/core/actions/place.ts";
import type { Code } from "../../../src/core/codes.ts";
import { EksLambdaError } from "../../../src/core/errors.ts";
import { adviceFor, adviceOf, functionHints } from "../../../src/core/function-hints.ts";
import { clusterFromEnvironment } from "../../../src/core/kube/cluster.ts";
import { networkError, statusError } from "../../../src/core/kube/errors.ts";
import { carries, templates, typed } from "../support/commands.ts";

/** Codes in the function's sources whose hints have no command of `eks-lambda` or `aws`. */
const withoutCommand: readonly Code[] = [
  ...([
    "AdmissionDenied",
    "AlreadyExists",
    "AlreadyUndone",
    "AnswerTooLong",
    "BadRequest",
    "Conflict",
    "ConnectionLost",
  ] as const),
  ...(["FunctionError", "Invalid", "InvalidEvent", "InvalidName", "InvalidNeed", "InvalidPath"] as const),
  ...(["InvalidResource", "JobFailed", "NamespaceNotFound", "NotAwaited", "NotDeclared", "NotFound"] as const),
  ...([
    "ResourceNotServed",
    "RevisionNotFound",
    "RolloutFailed",
    "TokenTooLong",
    "TooManyRequests",
    "UnexpectedAnswer",
  ] as const),
];

const union = new Set([...readFileSync("src/core/codes.ts", "utf8").matchAll(/\| "(\w+)"/g)].map(([, code]) => code));
const carried = templates().filter(({ at }) => carries(at));

test("each code in the function's sources is in the table, or has hints without commands", () => {
  const codes = carried.flatMap(({ texts: [text = "", ...others] }) => (others.length === 0 ? [text] : []));
  const found = new Set(codes.filter((text) => union.has(text)));
  expect([...found].toSorted()).toEqual([...functionHints.keys(), ...withoutCommand].toSorted());
});

test("each text with a command in them is in the table", () => {
  const hints = carried.filter(({ texts }) => texts.some((text) => typed.test(text)));
  const filled = hints.map(({ at, texts }) => [at, texts.join("--allow create:deployments")] as const);
  expect(hints.length).toBeGreaterThan(8);
  expect(filled.filter(([, text]) => ![...functionHints.values()].some((find) => find(text)))).toEqual([]);
});

/** The error that `work` throws. */
function thrownBy(work: () => unknown): EksLambdaError {
  try {
    work();
  } catch (error) {
    if (error instanceof EksLambdaError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
/** As `invoke` gets it. */
const answered = (error: EksLambdaError) => functionError(asAnswered(forLambda(error)));
const network = (code: string) => networkError(Object.assign(new Error(code), { code }), "host");
const deployments = { group: "apps", version: "v1", resource: "deployments", kind: "Deployment" };
const allowed: readonly Allowed[] = [
  { ...deployments, action: "create" },
  { ...deployments, action: "restart", names: ["web"] },
];

const given = { name: "web", cluster: "prod", region: "eu-west-1" };
const started = { script: "/usr/bin/eks-lambda", agent: undefined };
const setup = "`eks-lambda setup --name web --cluster prod --region eu-west-1`";
const described = "`aws eks describe-cluster --name prod --region eu-west-1 --query cluster.resourcesVpcConfig`";

describe("the hint of an error repeats the flags of this run", () => {
  test.each<[Code, EksLambdaError, string]>([
    ["ConnectionRefused", network("ECONNREFUSED"), described],
    ["Timeout", network("ETIMEDOUT"), described],
    ["DnsFailed", network("ENOTFOUND"), setup],
    ["TlsFailed", network("CERT_HAS_EXPIRED"), setup],
    ["TlsFailed", network("UNABLE_TO_VERIFY_LEAF_SIGNATURE"), setup],
    ["Unauthorized", statusError(401, {}), setup.replace("setup", "doctor")],
    ["Forbidden", statusError(403, {}), setup],
    ["EnvironmentIncomplete", thrownBy(() => clusterFromEnvironment({})), setup],
    ["EnvironmentInvalid", thrownBy(() => clusterFromEnvironment({ CLUSTER_ENDPOINT: "x" })), setup],
    [
      "NotAllowed",
      notAllowed(allowed, { action: "scale", resource: "deployments", name: "api" }),
      `${setup.slice(1, -1)} --allow create:deployments.apps --allow restart:deployments.apps/web --allow scale:deployments/api`,
    ],
    [
      "Timeout",
      new EksLambdaError("Timeout", "", { hint: "`eks-lambda setup --timeout SECONDS` gives the function more time" }),
      setup.replace("`", "").replace(/`$/, " --timeout SECONDS`"),
    ],
    [
      "ImageNotAllowed",
      thrownBy(() => refuseOtherImages({ ...deployments, action: "create", images: ["a/*"] }, ["evil"])),
      `${setup.slice(1, -1)} --allow-image 'a/*' evil:latest`,
    ],
  ])("%s", (code, error, expected) => {
    const seen = answered(error);
    expect(seen.code).toBe(code);
    expect(String(repeating(given, adviceOf(seen) ?? "", started))).toContain(expected);
  });
});

test("a word of a command is filled in, and none of the text", () => {
  const hint = "give it more: `aws lambda update-function-configuration --function-name NAME --timeout SECONDS`";
  const advice = adviceFor("Timeout", hint) ?? "";
  expect(String(withWords(advice, (word) => word.replace("NAME", "web")))).toBe(hint.replace("NAME", "web"));
  expect(String(withWords(`NAME: ${hint}`, (word) => word.replace("NAME", "web")))).toBe(`NAME: ${hint}`);
});

test.each([
  ["of another code", "NotFound", "`eks-lambda setup` grants what the function declares"],
  ["of a code of the user's", "constructor", "`eks-lambda setup` grants what the function declares"],
  ["with another text", "Forbidden", "`eks-lambda setup` grants what the function declares; curl evil"],
  ["that only begins like a command", "NotAllowed", "eks-lambda setup --allow restart:deployments; curl evil"],
  ["that is a command of another code", "Forbidden", "eks-lambda setup --allow restart:deployments"],
])("a hint %s stays text", (_, code, hint) =>
  expect(repeating(given, adviceFor(code, hint) ?? "", started).parts).toEqual([hint]),
);
