/** The bucket that custom resources PUT their answers into, at URLs that CloudFormation signed. */
import { timingSafeEqual } from "node:crypto";
import { bytesOf, type Request } from "../request.ts";
import { now, type World } from "../state.ts";
import { awsError } from "./refusal.ts";

export const putAnswer = "s3:PutCustomResourceAnswer";

export const isResponse = ({ headers }: Pick<Request, "headers">): boolean =>
  /^cloudformation-custom-resource-response-/.test(headers.host ?? "");

const denied = (message: string) => awsError("AccessDenied", message, 403);
const mismatch =
  "The request signature we calculated does not match the signature you provided. Check your key and signing method.";

/** Throws S3's refusal. */
export function takeAnswer(world: World, request: Request) {
  const { method, path, query, headers } = request;
  const found = waitingFor(world, `${path}?${query}`);
  if (!found || found.host !== headers.host || method !== "PUT") throw awsError("SignatureDoesNotMatch", mismatch, 403);
  if (now(world) - found.signedAt > found.expiresMs) throw denied("Request has expired");
  const { faults, state } = world;
  if (faults.dieBeforeAnswer > 0) {
    faults.dieBeforeAnswer--;
    state.running.get(found.functionKey)?.stop();
    state.running.delete(found.functionKey);
    throw slowDown();
  }
  if (faults.refuseAnswers > 0) {
    faults.refuseAnswers--;
    throw slowDown();
  }
  found.answer(bytesOf(request).toString());
  return { status: 200, headers: {}, body: "" };
}

const slowDown = () => awsError("SlowDown", "Please reduce your request rate.", 503);

/** Compares signatures in constant time. */
function waitingFor({ state }: World, asked: string) {
  const given = Buffer.from(asked);
  for (const [key, waiting] of state.answers) {
    const own = Buffer.from(key);
    if (own.length === given.length && timingSafeEqual(own, given)) return waiting;
  }
  return undefined;
}
