/** The IAM policies in docs/permissions.md. */
import { readFile } from "node:fs/promises";

export interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: "*" | readonly string[];
  readonly Condition?: object;
}
export interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

export const partitions = ["aws", "aws-cn", "aws-us-gov"] as const;
export type Partition = (typeof partitions)[number];
/** `caller` runs eks-lambda. `cloudformation` creates the stack's resources. */
export type Subject = "caller" | "cloudformation";

const page = new URL("../../../docs/permissions.md", import.meta.url);

export const readPage = (): Promise<string> => readFile(page, "utf8");

/** The JSON after `<!-- SUBJECT PARTITION -->`. */
export function blockOf(text: string, subject: Subject, partition: Partition): string {
  const [, block] = new RegExp(`<!-- ${subject} ${partition} -->\\n\\n\`\`\`json\\n([^]*?)\`\`\``).exec(text) ?? [];
  if (block === undefined) throw new Error(`docs/permissions.md has no policy "${subject} ${partition}"`);
  return block;
}

export const policyOf = (text: string, subject: Subject, partition: Partition): Policy =>
  JSON.parse(blockOf(text, subject, partition));

export const actionsOf = ({ Statement }: Policy): readonly string[] =>
  Statement.flatMap(({ Action }) => Action).toSorted();
