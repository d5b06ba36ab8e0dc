/** Credentials that were pasted with a line break: Node refuses them in a header, AWS calls the signature wrong. */
import { expect, onTestFinished, test, vi } from "vitest";
import { eks } from "../../../../src/core/aws/eks.ts";
import { sts } from "../../../../src/core/aws/sts.ts";

const options = { region: "us-east-1" };
const right = {
  AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY==",
  AWS_SESSION_TOKEN: "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQ==",
};

function given(changes: Partial<typeof right>): void {
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const [name, value] of Object.entries({ ...right, ...changes })) vi.stubEnv(name, value);
}

test.each([
  ["AWS_ACCESS_KEY_ID", "\n", "access key id"],
  ["AWS_SECRET_ACCESS_KEY", "\n", "secret access key"],
  ["AWS_SECRET_ACCESS_KEY", " ", "secret access key"],
  ["AWS_SESSION_TOKEN", "\r\n", "session token"],
  ["AWS_SESSION_TOKEN", "\u{2026}", "session token"],
] as const)("%s with %j at its end is refused before anything is sent", async (variable, end, name) => {
  given({ [variable]: right[variable] + end });
  const refusal = {
    code: "CredentialsInvalid",
    message: `the AWS ${name} contains a line break, a blank or another invalid character`,
  };
  await expect(sts(options).credentials()).rejects.toMatchObject(refusal);
  await expect(sts(options).identity()).rejects.toMatchObject(refusal);
  await expect(eks(options).names()).rejects.toMatchObject(refusal);
});

test("valid values are used unchanged", async () => {
  given({});
  expect(await sts(options).credentials()).toMatchObject({ secretAccessKey: right.AWS_SECRET_ACCESS_KEY });
});
