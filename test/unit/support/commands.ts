/** Finds the commands in the sources: what each is made of, and where. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** Programs whose commands a person is told to type. */
const ours =
  /eks-lambda(?:@| (?:setup|teardown|invoke|doctor|logs|list|grant|revoke|export|permissions|token|aws-auth|sandbox))/;
const services = /aws (?:cloudformation|ec2|eks|iam|lambda|logs|s3) [a-z]/;
const others = /(?:kubectl|aws|npx|npm|sam|cdk|terraform|eksctl|helm|curl|rm|jq|grep|cd|source) [^ ]/;
export const begun = new RegExp(`(?:^|[^\\w./@-])(?:${ours.source}|${others.source})[^\\n\`;]*$`);
/** A command that the CLI completes. */
export const typed = new RegExp(`\\b(?:${ours.source}|${services.source})`);

/** True for a place in the sources of the function and the client of the API server, whose hints are text. */
export const carries = (at: string): boolean => /^src\/(core\/(kube|actions)|lambda)\//.test(at);

/** A template: its texts, and between them values. */
export interface Template {
  /** `src/core/rbac/objects.ts:12` */
  readonly at: string;
  /** `command` of a tagged template. */
  readonly tag: string | undefined;
  readonly texts: readonly string[];
  /** The sources of the values. */
  readonly values: readonly string[];
}

/** Of a source file, also those within others. A string is a template without values. */
export function templatesOf(path: string, source: string): readonly Template[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const found: Template[] = [];
  const add = (node: ts.Node, tag: string | undefined, template: ts.Node) => {
    const at = `${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    if (ts.isStringLiteralLike(template)) found.push({ at, tag, texts: [template.text], values: [] });
    if (!ts.isTemplateExpression(template)) return;
    const texts = [template.head.text, ...template.templateSpans.map(({ literal }) => literal.text)];
    found.push({ at, tag, texts, values: template.templateSpans.map(({ expression }) => expression.getText()) });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node)) add(node, node.tag.getText(), node.template);
    else if (!ts.isImportDeclaration(node.parent) && node.parent && !ts.isTaggedTemplateExpression(node.parent))
      add(node, undefined, node);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(file, visit);
  return found;
}

/** Of what people run: the CLI, its core and the function. */
export const templates = (): readonly Template[] =>
  ["src/cli", "src/core", "src/lambda"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(folder, name))
      .flatMap((path) => templatesOf(path, readFileSync(path, "utf8"))),
  );
