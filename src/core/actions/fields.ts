/** The fields of events and their rules. */

export interface Field {
  /** Completes "it must be". */
  readonly must: string;
  readonly valid: (value: unknown) => boolean;
  /** Messages show only the type of a wrong value, which may be a Secret. */
  readonly hidden?: true;
  /** An event has to have it. */
  readonly required?: true;
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
  valid: (value) => typeof value === "string" && /^(?=.{1,512}$)\w[\w.\-:@]*(\/[\w.\-:@]+)*$/.test(value),
};

export const resourceName: Field = {
  must: "the plural of a resource, such as `deployments` or `deployments.apps`",
  valid: (value) => typeof value === "string" && /^[a-z0-9-]{1,63}(\.[a-z0-9.-]{1,253})?$/.test(value),
};

export const required = (field: Field): Field => ({ ...field, required: true });

/** The name of an object of any kind. */
export const objectName: Field = {
  must: "the name of an object: at most 253 characters without spaces, `/` and `%`",
  valid: (value) => typeof value === "string" && /^(?!\.{1,2}$)[^\s/%]{1,253}$/.test(value),
};

export const flag: Field = { must: "true or false", valid: (value) => typeof value === "boolean" };

export const positive: Field = {
  must: "a whole number from 1",
  valid: (value) => Number.isSafeInteger(value) && (value as number) > 0,
};

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An object whose values are all valid, such as `{"web": "nginx:1.27"}`. */
export const mapOf = ({ must, valid }: Field, example: string): Field => ({
  must: `an object such as \`${example}\`, each value ${must}`,
  valid: (value) => isMap(value) && Object.keys(value).length > 0 && Object.values(value).every(valid),
});

export const text: Field = { must: "text", valid: (value) => typeof value === "string" };

export const texts: Field = {
  must: "a list of texts",
  valid: (value) => Array.isArray(value) && value.every(text.valid),
};

export const object: Field = { must: "an object", valid: isMap };

export const objects: Field = {
  must: "a list of objects, at least one",
  hidden: true,
  valid: (value) => Array.isArray(value) && value.length > 0 && value.every(isMap),
};
