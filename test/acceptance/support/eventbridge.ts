/**
 * Event patterns and target inputs, as EventBridge evaluates them, for what the recipes use. Anything else throws.
 * Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html and
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */

export interface Target {
  readonly Input?: string;
  readonly InputTransformer?: {
    readonly InputPathsMap: Readonly<Record<string, string>>;
    readonly InputTemplate: string;
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Whether an event matches a pattern of lists of exact values. */
export function matches(pattern: unknown, event: unknown): boolean {
  if (!Array.isArray(pattern))
    return Object.entries(pattern as Fields).every(([key, part]) =>
      matches(part, (event as Fields | undefined)?.[key]),
    );
  if (pattern.some((value) => typeof value === "object")) throw new Error("a matcher that the recipes do not use");
  return [event].flat().some((value) => pattern.includes(value));
}

/** What the target receives for an event. */
export function inputOf({ Input, InputTransformer }: Target, event: unknown): unknown {
  if (Input !== undefined) return JSON.parse(Input);
  if (!InputTransformer) return event;
  const { InputPathsMap, InputTemplate } = InputTransformer;
  const found = (name: string): unknown => {
    const path = InputPathsMap[name];
    if (path === undefined) throw new Error(`the template has <${name}>, which InputPathsMap does not define`);
    return at(path, event);
  };
  // A variable in a string is replaced by its text, elsewhere by its JSON.
  const filled = InputTemplate.replace(/"(?:[^"\\]|\\.)*"|<([^<>]*)>/g, (token, name?: string) =>
    name === undefined
      ? token.replace(/<([^<>]*)>/g, (_, name: string) => plainText(found(name)))
      : JSON.stringify(found(name)),
  );
  return JSON.parse(filled);
}

/** The value at a path such as `$.detail.image-digest` or `$.resources[0]`. */
function at(path: string, event: unknown): unknown {
  if (!/^\$(\.[\w-]+(\[\d+\])?)+$/.test(path)) throw new Error(`the path ${path} is not one that EventBridge supports`);
  const value = path
    .slice(2)
    .split(/[.[\]]+/)
    .filter((key) => key !== "")
    .reduce<unknown>((from, key) => (from as Fields | undefined)?.[key], event);
  if (value === undefined) throw new Error(`the event has nothing at ${path}`);
  return value;
}

function plainText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (/["\\\n]/.test(text)) throw new Error(`${text} cannot stand in a JSON string`);
  return text;
}
