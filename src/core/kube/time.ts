/** The time as a `MicroTime`, such as the `renewTime` of a Lease, has it: six digits, where `toISOString` has three. */
export const microTime = (date = new Date()): string => date.toISOString().replace("Z", "000Z");
