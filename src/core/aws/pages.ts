/** Reads lists of AWS page after page. What answers may not be AWS: such a list ends with an error if it never ends. */
import { EksLambdaError } from "../errors.ts";
import { call } from "./call.ts";

/** Services write the name of the next page in one of these ways. */
interface Page {
  readonly nextToken?: string | undefined;
  readonly NextToken?: string | undefined;
}

/** A list of resources has a hundred in a page. */
const most = 1_000;

/** `action` is the IAM name of the call. Throws `AnswerTooLong` for a list that repeats a page, or has too many. */
export async function* pagesOf<P extends Page>(
  action: string,
  ask: (token: string | undefined) => Promise<P>,
  mostPages = most,
): AsyncGenerator<P, void, undefined> {
  const tokens = new Set<string>();
  for (let token: string | undefined; ; ) {
    const page: P = await call(action, ask(token));
    yield page;
    token = page.nextToken || page.NextToken;
    if (!token) return;
    if (tokens.has(token)) throw endless(action, `page ${tokens.size + 1} refers to an earlier one`);
    if (tokens.size >= mostPages) throw endless(action, `it has more than ${mostPages} pages`);
    tokens.add(token);
  }
}

/** The items of all pages. */
export async function itemsOf<P, T>(pages: AsyncIterable<P>, items: (page: P) => readonly T[]): Promise<T[]> {
  const all: (readonly T[])[] = [];
  for await (const page of pages) all.push(items(page));
  return all.flat();
}

const endless = (action: string, why: string): EksLambdaError =>
  new EksLambdaError("AnswerTooLong", `the list that answers ${action} does not end: ${why}`, {
    hint: "AWS_ENDPOINT_URL may point to something other than AWS",
  });
