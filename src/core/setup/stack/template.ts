/** template.yml with the function in it, and what tells one version of both from another. */
import { createHash } from "node:crypto";
import { EksLambdaError } from "../../errors.ts";

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
  return { body, hash: createHash("sha256").update(body).digest("hex").slice(0, 16) };
}
