/** Adds `--name` to commands in hints, so that they are for the same function. */
import { EksLambdaError, restated } from "../core/errors.ts";

/** `name` has passed its rule. */
export const naming = (name: string | undefined, text: string): string =>
  name === undefined
    ? text
    : text.replace(/\beks-lambda (setup|invoke|doctor|teardown)\b(?! --name)/g, `$& --name ${name}`);

/** Runs a command. The hint of its error is for the function of `--name`. */
export async function withNamedHints(name: string | undefined, command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (name === undefined || !(error instanceof EksLambdaError) || error.hint === undefined) throw error;
    throw restated(error, error.message, { hint: naming(name, error.hint), cause: error });
  }
}
