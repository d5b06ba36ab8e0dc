/** A function that does nothing. */
export const handler = async (): Promise<void> => {};
