/** Identifies the AWS action of a request, and whether it writes. */

import type { Signed } from "./signature.ts";

/** Method and path of the REST operations that need a name. The first match wins. */
const operations: readonly (readonly [service: string, method: string, path: RegExp, name: string])[] = [
  ["eks", "GET", /^\/clusters$/, "ListClusters"],
  ["eks", "POST", /^\/clusters$/, "CreateCluster"],
  ["eks", "GET", /^\/clusters\/[^/]+$/, "DescribeCluster"],
  ["eks", "DELETE", /^\/clusters\/[^/]+$/, "DeleteCluster"],
  ["eks", "POST", /^\/clusters\/[^/]+\/update-config$/, "UpdateClusterConfig"],
  ["eks", "GET", /^\/clusters\/[^/]+\/updates\/[^/]+$/, "DescribeUpdate"],
  ["eks", "GET", /^\/clusters\/[^/]+\/access-entries$/, "ListAccessEntries"],
  ["eks", "POST", /^\/clusters\/[^/]+\/access-entries$/, "CreateAccessEntry"],
  ["eks", "GET", /^\/clusters\/[^/]+\/access-entries\/[^/]+\/access-policies$/, "ListAssociatedAccessPolicies"],
  ["eks", "POST", /^\/clusters\/[^/]+\/access-entries\/[^/]+\/access-policies$/, "AssociateAccessPolicy"],
  ["eks", "DELETE", /^\/clusters\/[^/]+\/access-entries\/[^/]+\/access-policies\/[^/]+$/, "DisassociateAccessPolicy"],
  ["eks", "GET", /^\/clusters\/[^/]+\/access-entries\/[^/]+$/, "DescribeAccessEntry"],
  ["eks", "POST", /^\/clusters\/[^/]+\/access-entries\/[^/]+$/, "UpdateAccessEntry"],
  ["eks", "DELETE", /^\/clusters\/[^/]+\/access-entries\/[^/]+$/, "DeleteAccessEntry"],
  ["lambda", "POST", /\/functions\/[^/]+\/invocations$/, "Invoke"],
  ["lambda", "GET", /\/functions\/?$/, "ListFunctions"],
  ["lambda", "GET", /\/functions\/[^/]+\/event-invoke-config$/, "GetFunctionEventInvokeConfig"],
  ["lambda", "PUT", /\/functions\/[^/]+\/event-invoke-config$/, "PutFunctionEventInvokeConfig"],
  ["lambda", "DELETE", /\/functions\/[^/]+\/event-invoke-config$/, "DeleteFunctionEventInvokeConfig"],
  ["lambda", "POST", /\/functions\/?$/, "CreateFunction"],
  ["lambda", "GET", /\/functions\/[^/]+$/, "GetFunction"],
  ["lambda", "DELETE", /\/functions\/[^/]+$/, "DeleteFunction"],
  ["lambda", "GET", /\/functions\/[^/]+\/configuration$/, "GetFunctionConfiguration"],
  ["lambda", "PUT", /\/functions\/[^/]+\/configuration$/, "UpdateFunctionConfiguration"],
  ["lambda", "PUT", /\/functions\/[^/]+\/code$/, "UpdateFunctionCode"],
  ["lambda", "GET", /\/tags\//, "ListTags"],
  ["lambda", "POST", /\/tags\//, "TagResource"],
  ["lambda", "DELETE", /\/tags\//, "UntagResource"],
  ["s3", "PUT", /^\/[^/]+\/?$/, "CreateBucket"],
  ["s3", "PUT", /^\/[^/]+\/.+/, "PutObject"],
  ["s3", "DELETE", /^\/[^/]+\/.+/, "DeleteObject"],
  ["s3", "DELETE", /^\/[^/]+\/?$/, "DeleteBucket"],
];

/** Returns the action in IAM's form, `cloudformation:CreateChangeSet`, or method and path for an unlisted operation. */
export function actionOf(service: string, { method, url, headers, body }: Signed): string {
  const target = headers["x-amz-target"];
  if (typeof target === "string") return `${service}:${target.split(".").at(-1)}`;
  if (String(headers["content-type"]).startsWith("application/x-www-form-urlencoded")) {
    const action = new URLSearchParams(Buffer.from(body ?? []).toString()).get("Action");
    if (action) return `${service}:${action}`;
  }
  const operation = operations.find(([of, by, path]) => of === service && by === method && path.test(url.pathname));
  if (operation) return `${service}:${operation[3]}`;
  const reads = method === "GET" || method === "HEAD";
  return `${service}:${reads ? "Get" : ""}${method} ${url.pathname}`;
}

/** True if the action changes the account. Reads, STS actions and `lambda:Invoke` don't. */
export function writes(action: string): boolean {
  const [service, name = ""] = action.split(":");
  return service !== "sts" && action !== "lambda:Invoke" && !/^(Get|List|Describe|Filter|Validate|Head)/.test(name);
}
