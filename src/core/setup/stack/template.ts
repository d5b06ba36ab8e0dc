/** template.yml with the function in it, and what tells one version of both from another. */

import { EksLambdaError } from "../../errors.ts";
import { sha256 } from "../../sha256.ts";

/** What CloudFormation takes as a template body. */
const maxBytes = 51_200;
/** The line in which the SAM CLI reads where the built function is. */
const codeLine = /^( *)CodeUri: dist\/function$/m;

export interface Rendered {
  readonly body: string;
  /** Of template and code, 16 hexadecimal digits. */
  readonly hash: string;
}

/** A JSON string is a YAML string. Throws `TemplateTooLarge`, `TemplateUnknown`. */
export function renderTemplate(template: string, code: string): Rendered {
  if (!codeLine.test(template))
    throw new EksLambdaError("TemplateUnknown", "template.yml has no line `CodeUri: dist/function`");
  const body = template.replace(codeLine, (_, indent: string) => `${indent}InlineCode: ${JSON.stringify(code)}`);
  const bytes = Buffer.byteLength(body);
  if (bytes > maxBytes)
    throw new EksLambdaError(
      "TemplateTooLarge",
      `the template with the function is ${bytes} bytes, more than ${maxBytes}`,
    );
  return { body, hash: sha256(body).slice(0, 16) };
}
