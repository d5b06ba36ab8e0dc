/** Who runs a command: a person, or a command that runs others, such as smoke. */
import type { CredentialProvider } from "../core/aws/call.ts";
import { onInterrupt } from "./interrupt.ts";
import { print, type Shown } from "./render/text.ts";

export interface Runner {
  /** Takes a result, in one or more lines. */
  readonly print: (result: Shown) => void;
  /** Sets the message of Ctrl-C from now on. */
  readonly onInterrupt: typeof onInterrupt;
  /** Default: those of the profile, which can ask for an MFA code. */
  readonly credentials?: CredentialProvider | undefined;
}

export const person: Runner = { print, onInterrupt };
