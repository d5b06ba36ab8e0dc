/** Finds the commands in the sources: what each is made of, and where. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

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
