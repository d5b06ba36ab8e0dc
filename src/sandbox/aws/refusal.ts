/** How AWS services refuse a call. */

/** `name` is the service's error code. */
export const awsError = (name: string, message: string, status = 400) =>
  Object.assign(new Error(message), { name, status });

export type Refusal = ReturnType<typeof awsError>;

export const notFound = (message: string) => awsError("ResourceNotFoundException", message, 404);
