/** An AWS endpoint that never answers, behind a firewall say, or whose lists never end: an emulator that hangs. */
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { expect } from "vitest";
import { listenInTest } from "../support/server.ts";
import type { Outcome } from "./support/run.ts";
import { test } from "./support/world.ts";

/** What the person reads of the error: doctor's is a finding. */
const said = ({ stdout, stderr }: Outcome): string => stdout + stderr;

test("each command ends within one attempt's limit and names the host", { timeout: 60_000 }, async ({ world }) => {
  const { host } = await listenInTest(createServer());
  const env = { AWS_ENDPOINT_URL: `http://${host}`, AWS_MAX_ATTEMPTS: "1" };
  const commands = ["setup --yes", "doctor", "invoke", "teardown --yes", "aws-auth restore"];
  const outcomes = await Promise.all(
    commands.map((command) => world.run(`${command} --cluster ${world.names.cluster}`, { env })),
  );
  const seen = outcomes.map((outcome, at) => ({
    command: commands[at],
    exit: outcome.exit,
    waited: outcome.stderr.includes(`waiting for ${host} to answer\n`),
    error: /no answer to \S+: .*\n.*/.exec(said(outcome))?.[0],
  }));
  const error = expect.stringMatching(
    new RegExp(
      `^no answer to \\S+: nothing received from ${host} within 10 s \\(AwsUnreachable\\)\n.*AWS_ENDPOINT_URL`,
    ),
  );
  expect(seen).toEqual(commands.map((command) => ({ command, exit: 1, waited: true, error })));
});

const caller = `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account>
  <Arn>arn:aws:iam::111122223333:user/ada</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`;

test.for<[string, string]>([
  ["list", "eks:ListClusters"],
  ["setup --yes", "eks:ListClusters"],
  ["logs --function web", "logs:FilterLogEvents"],
  ["logs --function web --follow", "logs:FilterLogEvents"],
])("%s ends where a list does not", async ([command, action], { world }) => {
  let pages = 0;
  const server = createHttpServer((request, response) => {
    // The AWS SDK's calls of STS have no header with their name.
    if (!request.url?.startsWith("/clusters") && !request.headers["x-amz-target"]) return response.end(caller);
    pages += 1;
    return response.end(JSON.stringify({ clusters: [`${pages}`], events: [], nextToken: "more" }));
  });
  const { host } = await listenInTest(server);
  expect(await world.run(command, { env: { AWS_ENDPOINT_URL: `http://${host}` } })).toEqual({
    ...{ exit: 1, stdout: "" },
    stderr: `error the list that answers ${action} does not end: page 2 refers to an earlier one (AnswerTooLong)
hint  AWS_ENDPOINT_URL may point to something other than AWS
`,
  });
  expect(pages).toBe(2);
});
