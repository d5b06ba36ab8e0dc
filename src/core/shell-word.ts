/**
 * Writes a value as one word of a shell: in single quotes, if it needs them. A backslash stands outside of them, because
 * fish reads it inside.
 */
export const shellWord = (value: string): string =>
  /^(?!=)[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replace(/['\\]/g, "'\\$&'")}'`;

/** Several words. */
export const shellWords = (values: readonly string[]): string => values.map(shellWord).join(" ");
