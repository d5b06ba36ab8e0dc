/** Chooses a name with arrows or by typing a part of it. Loaded when it asks; imported as a whole, it is 60 kB more. */
import { autocomplete, isCancel } from "@clack/prompts";
import { Text } from "./text.ts";

/** Returns `undefined` if the person interrupts. */
export async function chooseName(question: string, names: readonly string[]): Promise<string | undefined> {
  const chosen = await autocomplete({
    message: question,
    options: names.map((value) => ({ value, label: Text.of(value).shown })),
    maxItems: 10,
    output: process.stderr,
  });
  return isCancel(chosen) ? undefined : chosen;
}
