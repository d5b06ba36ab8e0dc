/**
 * What Lambda's runtime for Node.js 24 provides, and what it refuses, as code for a process that loads a function.
 * Source: https://github.com/aws/aws-lambda-nodejs-runtime-interface-client, version 4
 */
export const runtime = `
const streaming = Symbol.for("aws.lambda.runtime.handler.streaming");
globalThis.awslambda = {
  streamifyResponse: (handler) => Object.assign(handler, { [streaming]: "response" }),
  HttpResponseStream: { from: (stream) => stream },
};
// Only some invocations have these.
const completed = (context) =>
  Object.assign(context, { clientContext: undefined, identity: undefined, tenantId: undefined, xRayTraceId: undefined });
const takesCallback = (handler) => handler.length >= 3 && handler[streaming] !== "response";
`;

export const callbackRefusal = "has three parameters, and nodejs24.x refuses a handler with a callback";
export const callbackRemedy =
  "return the answer, or a promise of it, in place of the callback: export async function handler(event, context) { … }";
