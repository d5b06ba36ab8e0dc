/** An AWS endpoint that accepts connections and never answers: behind a firewall, or an emulator that hangs. */
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
