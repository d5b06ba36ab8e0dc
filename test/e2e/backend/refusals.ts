/** AWS's errors for a bad signature, in the protocol of the service that was called. */

import { randomUUID } from "node:crypto";
import { type Answer, json } from "./http.ts";
import type { Verdict } from "./signature.ts";

interface Refusal {
  /** Error code in the query protocol (STS, IAM, CloudFormation). */
  readonly query: string;
  /** Error code in the REST and JSON protocols. */
  readonly rest: string;
  readonly message: string;
}

const mismatch =
  "The request signature we calculated does not match the signature you provided. " +
  "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

function refusalOf(verdict: Exclude<Verdict, { kind: "ok" }>): Refusal {
  switch (verdict.kind) {
    case "unsigned":
      return {
        query: "MissingAuthenticationToken",
        rest: "MissingAuthenticationTokenException",
        message: "Request is missing Authentication Token",
      };
    case "unknown":
      return {
        query: "InvalidClientTokenId",
        rest: "UnrecognizedClientException",
        message: "The security token included in the request is invalid.",
      };
    case "mismatch":
      return { query: "SignatureDoesNotMatch", rest: "InvalidSignatureException", message: mismatch };
    case "expired": {
      const message = `Signature expired: ${verdict.expired} is now earlier than ${verdict.now}`;
      return { query: "SignatureDoesNotMatch", rest: "InvalidSignatureException", message };
    }
  }
}

const queryServices = new Set(["sts", "iam", "cloudformation"]);

/** The response to a request whose signature was not verified. */
export function refuse(verdict: Exclude<Verdict, { kind: "ok" }>): Answer {
  const { query, rest, message } = refusalOf(verdict);
  if (verdict.scope && queryServices.has(verdict.scope.service)) return queryError(403, query, message);
  return json(403, { message }, { "x-amzn-errortype": rest });
}

/** The response to an action that a service control policy denies. */
export function refuseForbidden(action: string): Answer {
  const message = `User is not authorized to perform: ${action} with an explicit deny in a service control policy`;
  const [service = ""] = action.split(":");
  if (service === "ec2") return ec2Error(403, "UnauthorizedOperation", message);
  if (queryServices.has(service)) return queryError(403, "AccessDenied", message);
  return json(403, { message }, { "x-amzn-errortype": "AccessDeniedException" });
}

const ec2Error = (status: number, code: string, message: string): Answer => {
  const error = `<Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors>`;
  const xml = `<Response>${error}<RequestID>${randomUUID()}</RequestID></Response>`;
  return { status, headers: { "content-type": "text/xml" }, body: Buffer.from(xml) };
};

export function queryError(status: number, code: string, message: string): Answer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  const xml = `<ErrorResponse>${error}<RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
  return { status, headers: { "content-type": "text/xml" }, body: Buffer.from(xml) };
}

/** The same error as STS answers it for `accept: application/json`. */
export function stsJsonError(verdict: Exclude<Verdict, { kind: "ok" }>): Answer {
  const { query, message } = refusalOf(verdict);
  return json(403, { Error: { Code: query, Message: message, Type: "Sender" }, RequestId: randomUUID() });
}
