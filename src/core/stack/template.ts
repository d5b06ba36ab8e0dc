/** Renders template.yml with the function's code, and a hash that identifies the version of both. */
import { brotliCompressSync, constants } from "node:zlib";
import { EksLambdaError } from "../errors.ts";
import { escaped, special } from "../kube/json.ts";
import type { Variables } from "../parameters/variables.ts";
import type { Source } from "../setup/config.ts";
import { sha256 } from "../sha256.ts";
import { type Upload, uploadOf } from "./code.ts";
import type { OwnPolicy } from "./own-policy.ts";
import { ownPolicyName } from "./role-documents.ts";

/** CloudFormation's limit for a template body. */
const maxBytes = 51_200;
/** The line that tells the SAM CLI where the built function is. */
const codeLine = /^( *)CodeUri: dist\/function$/m;

/** They would take room that the code may need. */
const commentLines = /^ *#.*\n/gm;

export interface Rendered {
  readonly body: string;
  /** The hash of template.yml and code, 16 hexadecimal digits. Another Node.js compresses otherwise, so it is of plain code. */
  readonly hash: string;
  /** How the template carries the code, in words; empty for plain code and for none. */
  readonly carried: string;
  /** Code that is not in the template. */
  readonly upload?: Upload;
}

export interface Carrier {
  /** What is deployed instead of the stock function. */
  readonly source?: Pick<Source, "path" | "largest"> | undefined;
  /** The bucket for the code; empty for code in the template. */
  readonly bucket?: string;
  /** What `--env` sets. */
  readonly env?: Variables;
  /** What `--policy` names. */
  readonly policy?: OwnPolicy | undefined;
}

/** Compresses code that is too large for the template as it is. Throws `EntryTooLarge`, `TemplateUnknown`. */
export function renderTemplate(template: string, code: string, carrier: Carrier = {}): Rendered {
  const { source, bucket } = carrier;
  // Without what the stack's parameters say: they are compared, too.
  const hash = sha256(withCode(template, code)).slice(0, 16);
  const own = completed(template, carrier);
  if (bucket) {
    const upload = uploadOf(bucket, code);
    return { body: filled(own, inBucket()), hash, carried: "", upload };
  }
  const plain = withCode(own, code);
  if (bytesOf(plain) <= maxBytes) return { body: plain, hash, carried: "" };
  const loader = compressed(code);
  const body = narrow(withCode(own, loader));
  if (bytesOf(body) > maxBytes) throw tooLarge(code, { loader, body, source });
  return { body, hash, carried: `${bytesOf(code)} bytes of code, compressed` };
}

/**
 * The same YAML, indented by one space, without empty lines and without what the parameters are for: almost four kilobytes
 * more for code. An item's dash is above its content.
 */
const narrow = (yaml: string): string =>
  yaml
    .replace(/^(\n| {4}Description: .*\n)/gm, "")
    .replace(/^( *)\1(- )?(?! )/gm, (_, half: string, dash: string = "") => half.slice(dash.length / 2) + dash);

/** Behind these lines of the template, `--env` adds variables, and `--policy` a policy. */
const variablesLine = /^( *)# Here are those of `eks-lambda setup --env`\.\n/m;
const policyLine = /^( *)# Here is that of `eks-lambda setup --policy`\.\n/m;

/** The template with what no parameter can add to it. */
export function completed(template: string, { env = {}, policy }: Pick<Carrier, "env" | "policy">): string {
  const variables = Object.entries(env).map(([name, value]) => `${inYaml(name)}: ${inYaml(value)}`);
  const policies = policy ? [`- { PolicyName: ${ownPolicyName}, PolicyDocument: ${inYaml(policy.document)} }`] : [];
  return inserted(inserted(template, variablesLine, variables), policyLine, policies);
}

/** The template with lines behind one of its comments. */
function inserted(template: string, place: RegExp, lines: readonly string[]): string {
  if (lines.length === 0) return template;
  if (!place.test(template)) throw unknown(`no comment ${place.source}`);
  return template.replace(place, (line, indent: string) => line + lines.map((one) => `${indent}${one}\n`).join(""));
}

const unknown = (what: string) => new EksLambdaError("TemplateUnknown", `template.yml has ${what}`);

/** Inserts the code as a string in YAML, in ASCII. */
const withCode = (template: string, code: string): string => filled(template, `InlineCode: ${inYaml(code)}`);

/** JSON, and the escapes of YAML for what JSON has none. */
const inYaml = (value: unknown): string =>
  JSON.stringify(value)
    .replace(special, escaped)
    .replace(/[^\0-\uffff]/gu, (one) => `\\U${one.codePointAt(0)?.toString(16).padStart(8, "0")}`);

/** The template's body, with a version of the code: Lambda then takes no other from a bucket that keeps versions. */
export const withVersion = (body: string, version: string | undefined): string =>
  body.replace(inBucket(), () => inBucket(version));

const inBucket = (version?: string): string =>
  `CodeUri: { Bucket: !Ref CodeBucket, Key: !Ref CodeKey${version === undefined ? "" : `, Version: ${JSON.stringify(version)}`} }`;

/** The template with this property in place of the folder, and without comments. */
function filled(template: string, property: string): string {
  if (!codeLine.test(template)) throw unknown("no line `CodeUri: dist/function`");
  return template.replace(commentLines, "").replace(codeLine, (_, indent: string) => indent + property);
}

const bytesOf = (text: string): number => Buffer.byteLength(text);

interface Attempt {
  readonly loader: string;
  readonly body: string;
  readonly source: Carrier["source"];
}

function tooLarge(code: string, { loader, body, source }: Attempt): EksLambdaError {
  const { path = "the function", largest = [] } = source ?? {};
  const inTemplate = bytesOf(inYaml(loader));
  const room = maxBytes - (bytesOf(body) - inTemplate);
  return new EksLambdaError(
    "EntryTooLarge",
    `${path} has ${bytesOf(code)} bytes of code, ${inTemplate} compressed, and a template has room for ${room}`,
    {
      hint: [
        "let setup upload it, to a bucket of yours in this region: --code-bucket BUCKET; or bundle less",
        ...(largest.length > 0 ? [`the largest packages and files: ${largest.join(", ")}`] : []),
        // Measured in docs/your-own-function.md.
        ...(largest.some((one) => one.startsWith("zod ")) ? ['import * as z from "zod/mini" is a tenth of "zod"'] : []),
      ].join("; "),
    },
  );
}

/** What may fit gets the highest quality, 8 % smaller. A megabyte would take four seconds with it, and does not fit. */
const paramsFor = (code: string) => ({
  [constants.BROTLI_PARAM_QUALITY]: bytesOf(code) > 200_000 ? 9 : 11,
  [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
});

/**
 * Compressed code that loads itself: base64 of Brotli is less than half of minified code. Returns a module with the same exports as `code`, which must be CommonJS. Errors have the lines of `code`. The last
 * line is never run: Lambda imports the module, and Node.js looks in its text for the names of exports. Without `then`,
 * Lambda would not wait for the function to connect. See docs/decisions/0014-warm-up.md
 */
export const compressed = (code: string): string =>
  `// The function, compressed with Brotli: it is too large for a template as it is. To read it, decode the text below.
module._compile(
  require("node:zlib").brotliDecompressSync(Buffer.from("${brotliCompressSync(code, { params: paramsFor(code) }).toString("base64")}", "base64")).toString(),
  __filename,
);
0 && (module.exports = { handler, then });
`;
