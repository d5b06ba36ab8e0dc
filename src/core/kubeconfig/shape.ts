/**
 * The types of a kubeconfig's fields. kubectl refuses a file in which one has another type, and ignores unknown fields.
 * Source: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */

/** `[Shape]`: a list; `{ "*": Shape }`: any keys; `null` fits every shape. */
type Shape = "string" | "boolean" | "base64" | readonly [Shape] | { readonly [field: string]: Shape };

const extensions: Shape = [{ name: "string" }];

const cluster: Shape = {
  server: "string",
  "tls-server-name": "string",
  "insecure-skip-tls-verify": "boolean",
  "certificate-authority": "string",
  "certificate-authority-data": "base64",
  "proxy-url": "string",
  "disable-compression": "boolean",
  extensions,
};

const user: Shape = {
  "client-certificate": "string",
  "client-certificate-data": "base64",
  "client-key": "string",
  "client-key-data": "base64",
  token: "string",
  tokenFile: "string",
  as: "string",
  "as-uid": "string",
  "as-groups": ["string"],
  "as-user-extra": { "*": ["string"] },
  username: "string",
  password: "string",
  "auth-provider": { name: "string", config: { "*": "string" } },
  exec: {
    apiVersion: "string",
    command: "string",
    args: ["string"],
    env: [{ name: "string", value: "string" }],
    installHint: "string",
    interactiveMode: "string",
    provideClusterInfo: "boolean",
  },
  extensions,
};

const config: Shape = {
  apiVersion: "string",
  kind: "string",
  preferences: { colors: "boolean", extensions },
  clusters: [{ name: "string", cluster }],
  contexts: [{ name: "string", context: { cluster: "string", user: "string", namespace: "string", extensions } }],
  users: [{ name: "string", user }],
  "current-context": "string",
  extensions,
};

export interface Misfit {
  /** Keys and indexes from the root. */
  readonly path: readonly (string | number)[];
  /** `should be a list` */
  readonly reason: string;
}

/** The first value that kubectl would refuse. */
export function misfit(value: unknown, shape: Shape = config, path: Misfit["path"] = []): Misfit | undefined {
  if (value === null || value === undefined) return undefined;
  if (shape === "string") return typeof value === "string" ? undefined : { path, reason: "should be a string" };
  if (shape === "boolean") return typeof value === "boolean" ? undefined : { path, reason: "should be true or false" };
  if (shape === "base64") return isBase64(value) ? undefined : { path, reason: "should be base64" };
  if (isList(shape)) {
    if (!Array.isArray(value)) return { path, reason: "should be a list" };
    return first(value.map((item: unknown, index) => () => misfit(item, shape[0], [...path, index])));
  }
  if (typeof value !== "object" || Array.isArray(value)) return { path, reason: "should be a mapping" };
  return first(
    Object.entries(value).map(([key, part]: [string, unknown]) => () => {
      const of = shape[key] ?? shape["*"];
      return of && misfit(part, of, [...path, key]);
    }),
  );
}

const isList = (shape: Shape): shape is readonly [Shape] => Array.isArray(shape);

function first(checks: readonly (() => Misfit | undefined)[]): Misfit | undefined {
  for (const check of checks) {
    const found = check();
    if (found) return found;
  }
  return undefined;
}

/** As Go's `base64.StdEncoding` reads it, which skips line ends. */
const isBase64 = (value: unknown): boolean =>
  typeof value === "string" &&
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value.replace(/[\r\n]/g, ""));
