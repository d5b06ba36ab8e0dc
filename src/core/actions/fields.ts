/** The fields of events and their rules. */

export interface Field {
  /** Completes "it must be". */
  readonly must: string;
  readonly valid: (value: unknown) => boolean;
}

export type Fields = Readonly<Record<string, Field>>;

/** RFC 1123 labels: names of namespaces, and names that are also a label's value (63 characters). */
export const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export const label: Field = {
  must: "at most 63 lower-case letters, digits and `-`, beginning and ending with a letter or digit",
  valid: (value) => typeof value === "string" && dnsLabel.test(value),
};

export const replicas: Field = {
  must: "a whole number from 0 to 2147483647",
  valid: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0x7fffffff,
};

export const image: Field = {
  must: "the name of a container image, such as `nginx:1.12`",
  valid: (value) => typeof value === "string" && /^[\w][\w.\-/:@]{0,511}$/.test(value),
};

export const resourceName: Field = {
  must: "the plural of a resource, such as `deployments` or `deployments.apps`",
  valid: (value) => typeof value === "string" && /^[a-z0-9-]{1,63}(\.[a-z0-9.-]{1,253})?$/.test(value),
};
