/** Renders template.yml with the function's code, and a hash that identifies the version of both. */

import { EksLambdaError } from "../../errors.ts";
import { sha256 } from "../../sha256.ts";
import type { Entry } from "../config.ts";

/** CloudFormation's limit for a template body. */
const maxBytes = 51_200;
/** The line that tells the SAM CLI where the built function is. */
const codeLine = /^( *)CodeUri: dist\/function$/m;

/** They would take room that the code may need. */
const commentLines = /^ *#.*\n/gm;

export interface Rendered {
  readonly body: string;
  /** The hash of template and code, 16 hexadecimal digits. */
  readonly hash: string;
}

/** What is deployed instead of the stock function. */
type Deployed = Pick<Entry, "path" | "largest">;

/** Inserts the code as a JSON string, which is also YAML. Throws `TemplateTooLarge`, `EntryTooLarge`, `TemplateUnknown`. */
export function renderTemplate(template: string, code: string, entry?: Deployed): Rendered {
  if (!codeLine.test(template))
    throw new EksLambdaError("TemplateUnknown", "template.yml has no line `CodeUri: dist/function`");
  const body = template
    .replace(commentLines, "")
    .replace(codeLine, (_, indent: string) => `${indent}InlineCode: ${JSON.stringify(code)}`);
  const bytes = Buffer.byteLength(body);
  if (bytes > maxBytes && entry)
    throw tooLarge(entry, code, maxBytes - (bytes - Buffer.byteLength(JSON.stringify(code))));
  if (bytes > maxBytes)
    throw new EksLambdaError(
      "TemplateTooLarge",
      `the template with the function is ${bytes} bytes, more than ${maxBytes}`,
      { hint: "allow fewer actions, and the others to one more function with --name" },
    );
  return { body, hash: sha256(body).slice(0, 16) };
}

const tooLarge = ({ path, largest }: Deployed, code: string, room: number) =>
  new EksLambdaError(
    "EntryTooLarge",
    `${path} takes ${Buffer.byteLength(JSON.stringify(code))} bytes in the template, which has room for ${room}`,
    { hint: ["bundle less", ...(largest.length > 0 ? [`the largest modules: ${largest.join(", ")}`] : [])].join("; ") },
  );
