/** Reads places in the text from `yaml`'s nodes. */
import { isAlias, isCollection, isMap, isScalar, isSeq, type Node, Scalar } from "yaml";
import type { Located } from "../../../yaml.ts";

/** True if the document has only white space and comments. */
export function isAbsent({ root }: Located): boolean {
  if (root === null) return true;
  return isScalar(root) && root.value === null && root.range[0] === root.range[1] && !root.tag && !root.anchor;
}

/** The end of a node's last own character, without trailing comments and empty lines. */
export function contentEnd(node: Node, otherwise: number): number {
  const end = node.range?.[1] ?? otherwise;
  if (!isCollection(node) || node.flow || node.items.length === 0) return end;
  const last: unknown = node.items.at(-1);
  if (isSeq(node)) return isNode(last) ? contentEnd(last, end) : end;
  if (!isMap(node)) return end;
  const pair = node.items.at(-1);
  if (isNode(pair?.value)) return contentEnd(pair.value, end);
  return isNode(pair?.key) ? contentEnd(pair.key, end) : end;
}

/** A node's last scalar if it is a block scalar (`|` or `>`): its value can reach to the end of the text. */
export function lastBlockScalar(node: unknown): Scalar | undefined {
  if (isScalar(node)) return node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED ? node : undefined;
  if (isSeq(node) && !node.flow) return lastBlockScalar(node.items.at(-1));
  if (isMap(node) && !node.flow) return lastBlockScalar(node.items.at(-1)?.value);
  return undefined;
}

export const isNode = (value: unknown): value is Node => isScalar(value) || isAlias(value) || isCollection(value);
