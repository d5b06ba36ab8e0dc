/** JSON that parsers of YAML read alike: server-side apply and CloudFormation parse it as YAML. */

/**
 * To YAML, U+0085 is a line break, and other control characters are refused: all that is not ASCII is escaped. Characters
 * above U+FFFF are harmless and stay, because YAML does not join two escapes to one character.
 */
export const special = /[^ -~\ud800-\udfff]/g;

/** The escape of a character up to U+FFFF. */
export const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
