/**
 * Writes samconfig.toml, which fills the template's parameters. They are not in the template as defaults, because
 * `sam deploy` keeps the previous values of parameters that it is not given.
 * Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
 */

import type { Pairs } from "../aws/cloudformation.ts";
import type { Hint } from "../command.ts";
import { escaped } from "../text.ts";
import { commented } from "./yaml-text.ts";

export interface SamConfig {
  /** Lines for the reader, without `#`. */
  readonly about: readonly Hint[];
  readonly stack: string;
  readonly region: string;
  readonly parameters: Pairs;
  readonly tags: Pairs;
  /** The role that CloudFormation assumes. */
  readonly roleArn: string | undefined;
  /** The stack makes an IAM role with a name, and has code to upload: to this bucket, or one that the SAM CLI makes. */
  readonly code?: { readonly bucket: string };
}

export function samConfig({ about, stack, region, parameters, tags, roleArn, code }: SamConfig): string {
  return [
    ...commented(about),
    "",
    "version = 0.1",
    "",
    "[default.global.parameters]",
    `stack_name = ${toml(stack)}`,
    `region = ${toml(region)}`,
    "",
    "[default.deploy.parameters]",
    "confirm_changeset = true",
    ...(code ? ['capabilities = "CAPABILITY_NAMED_IAM"', ...uploadedTo(code.bucket)] : []),
    ...(roleArn === undefined ? [] : [`role_arn = ${toml(roleArn)}`]),
    ...pairs("parameter_overrides", parameters),
    ...pairs("tags", tags),
    "",
  ].join("\n");
}

const uploadedTo = (bucket: string): readonly string[] =>
  bucket === "" ? ["resolve_s3 = true"] : [`s3_bucket = ${toml(bucket)}`, `s3_prefix = ${toml("eks-lambda")}`];

/** One string for each, `Name="value"`: of a single string the SAM CLI loses tags. */
function pairs(key: string, values: Pairs): readonly string[] {
  const all = Object.entries(values).map(([name, value]) => `${samWord(name)}=${samQuoted(value)}`);
  return all.length === 0 ? [] : [`${key} = [`, ...all.map((one) => `  ${toml(one)},`), "]"];
}

const samWord = (text: string): string => (/^\w+$/.test(text) ? text : samQuoted(text));

const samQuoted = (text: string): string => `"${text.replaceAll('"', '\\"')}"`;

/** A literal string if possible, which needs no escapes; else JSON's, which is also TOML's. */
const toml = (text: string): string =>
  text.includes("'") || escaped(text) !== text ? escaped(JSON.stringify(text)) : `'${text}'`;
