/**
 * The requests of CloudFormation to custom resources.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
 */
import type { Hint } from "../command.ts";
import { shown, type UsageError, usageError } from "../errors.ts";
import type { Environment } from "../kube/cluster.ts";
import { dnsSuffixOf } from "../partition.ts";
import { sha256 } from "../sha256.ts";

/** CloudFormation makes a text of every scalar, also in lists and maps: `true` arrives as `"true"`, and 600 as `"600"`. */
export type Properties = Readonly<Record<string, unknown>>;

export interface CustomResourceRequest {
  readonly RequestType: "Create" | "Update" | "Delete";
  /** Where to PUT the answer. */
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  /** `Custom::EksManifest` */
  readonly ResourceType: string;
  readonly LogicalResourceId: string;
  /** Of an Update and a Delete: what the last answer said. */
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Properties;
  /** Of an Update. */
  readonly OldResourceProperties?: Properties;
}

/** `InvalidEvent`, for the request as a whole. */
export const invalid = (message: string, hint?: Hint): UsageError => usageError("InvalidEvent", message, hint);

const types: readonly unknown[] = ["Create", "Update", "Delete"];

/** True for an event of CloudFormation's protocol. Anyone who may invoke the function can send one. */
export function isCustomResource(event: unknown): event is CustomResourceRequest {
  const {
    RequestType,
    ResponseURL,
    StackId,
    RequestId,
    ResourceType,
    LogicalResourceId,
    PhysicalResourceId = "",
  } = Object(event) as Partial<Record<keyof CustomResourceRequest, unknown>>;
  const texts = [ResponseURL, StackId, RequestId, ResourceType, LogicalResourceId, PhysicalResourceId];
  return types.includes(RequestType) && texts.every((one) => typeof one === "string");
}

/** The host of the bucket for answers. Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-vpce-bucketnames.html */
export const bucketOf = (region: string): string =>
  `cloudformation-custom-resource-response-${region.replaceAll("-", "")}.s3.${region}.${dnsSuffixOf(region)}`;

/**
 * Returns the address for the answer. Throws `InvalidEvent` unless it is CloudFormation's bucket in the function's region:
 * otherwise an event could make the function send a request anywhere.
 */
export function responseUrl({ ResponseURL: text }: CustomResourceRequest, { AWS_REGION = "" }: Environment): URL {
  const bucket = bucketOf(AWS_REGION).replace(/\..*/, "");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const ends = dnsSuffixOf(AWS_REGION).replaceAll(".", "\\.");
  const host = new RegExp(`^${bucket}\\.s3(-fips)?([.-]dualstack)?([.-]${AWS_REGION})?\\.${ends}$`);
  // A port other than the default is part of `host`.
  if (AWS_REGION && url?.protocol === "https:" && !url.username && !url.password && host.test(url.host)) return url;
  // Don't show its query: it is a signature.
  throw invalid(
    `the ResponseURL is ${shown(url ? `${url.protocol}//${url.host}` : text)}; it must be https://${bucketOf(AWS_REGION)}`,
  );
}

/** Never changes: for another id, CloudFormation would replace the resource, and delete what the old one had. */
export const physicalIdOf = ({ StackId, LogicalResourceId }: CustomResourceRequest): string =>
  `eks-lambda:${LogicalResourceId}:${sha256(`${StackId}/${LogicalResourceId}`).slice(0, 16)}`;

/** When CloudFormation signed the address for the answer, which is when it sent the request; `undefined` if it does not say. */
export function sentAt({ searchParams }: URL): number | undefined {
  // With punctuation, it is ISO 8601.
  const iso = searchParams.get("X-Amz-Date")?.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5");
  return Date.parse(iso ?? "") || undefined;
}

/** CloudFormation's default. Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html */
const longestMs = 3_600_000;

/** Milliseconds that CloudFormation waits for the answer: `ServiceTimeout`, in seconds. */
export function serviceTimeoutMs({ ResourceProperties }: CustomResourceRequest): number {
  const ms = Number(Object(ResourceProperties).ServiceTimeout) * 1_000;
  return ms > 0 ? Math.min(ms, longestMs) : longestMs;
}
