/**
 * Preloaded into the command with NODE_OPTIONS. Kills the process when the response to a request that matches the
 * pattern KILL_AFTER has arrived: `PATCH /api/v1/…/configmaps/aws-auth`, or `CreateChangeSet`.
 */
import { onAnswer } from "./answers.mjs";

const pattern = new RegExp(process.env.KILL_AFTER);

onAnswer((request) => {
  if (pattern.test(request)) process.kill(process.pid, "SIGKILL");
});
