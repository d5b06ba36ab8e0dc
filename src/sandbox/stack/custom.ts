/** Which resources are custom ones, and how CloudFormation passes their properties. */

import type { Data } from "../model.ts";

export const isCustom = (type: string): boolean => /^Custom::|^AWS::CloudFormation::CustomResource$/.test(type);

/** CloudFormation makes a text of every scalar. Source: cloudformation-coverage-roadmap, issue 1037 */
export function texts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(texts);
  if (typeof value !== "object" || value === null) return `${value}`;
  return Object.fromEntries(Object.entries(value as Data).map(([key, inner]) => [key, texts(inner)]));
}
