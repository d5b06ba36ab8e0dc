/** What the lines of a function's log say. */

/** What the handler logs: one line of JSON for each invocation. */
export interface LogLine {
  readonly level: string;
  readonly requestId: string;
  readonly durationMs: number;
  readonly action?: string;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: string;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
}

/** `undefined` for lines of others. */
export function lineOf(message: string): LogLine | undefined {
  const line = objectIn(message);
  return isOurs(line) ? line : undefined;
}

/** An empty object for text that is not JSON. */
function objectIn(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

function isOurs(line: object): line is LogLine {
  const { level, requestId, durationMs }: Partial<LogLine> = line;
  return typeof durationMs === "number" && typeof requestId === "string" && /^(INFO|ERROR)$/.test(`${level}`);
}

/**
 * In text: what Node's runtime marks as an error, and Lambda's reports of an invocation that did not end well.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */
const inText =
  /\t(ERROR|FATAL)\t|^(\w+ Error {2}\{|RequestId: \S+ Error: |\w*Error: )|Task timed out after [\d.]+ seconds/;

/** Source: https://github.com/pinojs/pino/blob/main/docs/api.md#logger-level */
const pinoError = 50;

/** True for a line about something that failed: of the handler, of Lambda, or of any logger that writes a level as JSON. */
export function isError(message: string): boolean {
  const { level }: { readonly level?: unknown } = objectIn(message);
  if (typeof level === "number") return level >= pinoError;
  return level === undefined ? inText.test(message) : /^(ERROR|FATAL|CRITICAL)$/i.test(`${level}`);
}

/**
 * True for Lambda's own lines about an environment and an invocation: START, END, REPORT. A line with a status says what
 * did not end well.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 */
export function isFrame(message: string): boolean {
  const { type, record }: { readonly type?: unknown; readonly record?: unknown } = objectIn(message);
  if (typeof type === "string" && type.startsWith("platform."))
    return /^(success|undefined)$/.test(`${Object(record).status}`);
  return /^(INIT_START|INIT_REPORT|EXTENSION|START|END|REPORT)[ \t]/.test(message) && !/\bStatus: /.test(message);
}

/** Errors of invocations that end at the same time. */
const mostTold = 1_000;

/**
 * Returns a filter for a log's lines in their order. It leaves out the error that Lambda reports behind the line in which
 * the handler has told it.
 */
export function eachErrorOnce(): (message: string) => boolean {
  const told = new Set<string>();
  return (message) => {
    const { level, code, message: said = "", error } = lineOf(message) ?? {};
    if (level === "ERROR") told.add(error ?? `${code}: ${said}`);
    for (const oldest of told) if (told.size > mostTold) told.delete(oldest);
    const report: { readonly errorType?: unknown; readonly errorMessage?: unknown } = objectIn(
      /Invoke Error\s+(\{.*\})\s*$/s.exec(message)?.[1] ?? "",
    );
    const again = `${report.errorType}: ${report.errorMessage}`;
    const same = [...told].find((one) => again === one || again.startsWith(`${one}\n`));
    return same === undefined || !told.delete(same);
  };
}
