/** All refusals, in the order that they have in the page within each command. To add one, add it to its file. */
import type { Refusal } from "../refusal.ts";
import { access } from "./access.ts";
import { acting } from "./actions.ts";
import { cluster } from "./cluster.ts";
import { credentials } from "./credentials.ts";
import { answering } from "./custom-resources.ts";
import { entry } from "./entry.ts";
import { deployed } from "./function.ts";
import { stack } from "./stack.ts";
import { usage } from "./usage.ts";

export const refusals: readonly Refusal[] = [
  ...credentials,
  ...stack,
  ...cluster,
  ...access,
  ...deployed,
  ...acting,
  ...answering,
  ...entry,
  ...usage,
];

/** Every command answers with these in the same way, so that the page has them first. */
const general: readonly string[] = [
  "NotSetUp",
  "ClusterNotReady",
  "DnsFailed",
  "ConnectionRefused",
  "ConnectionLost",
  "Timeout",
  "TlsFailed",
  "UnexpectedAnswer",
  "AnswerTooLong",
  "Unauthorized",
  "ClockSkew",
  "UnknownCommand",
  "UnknownFlag",
  "UnexpectedArgument",
  "InvalidFlag",
  "FlagWithoutEffect",
  "ConfirmationNeeded",
  "ContextNotFound",
  "ContextOfOtherServer",
  "ContextUnusable",
  "KubeconfigInvalid",
  "KubeconfigUnsupported",
];

export const everywhere: readonly string[] = [...credentials.map(({ code }) => code), ...general];
